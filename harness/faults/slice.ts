import { z } from "zod";
import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { bytesOn, injureLinks, lateness, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { direction, paramsOf, waysOf, type Direction } from "./params.ts";

interface SliceParams extends Readonly<Record<string, unknown>> {
  /** Average size of a piece. */
  readonly bytes: number;
  /** Between two pieces. */
  readonly pauseMicros: number;
  readonly direction: Direction;
}

/** Bytes pass in small pieces with a pause between two: whoever takes a read for a whole message is found out. */
export const slice: Fault<SliceParams> = {
  kind: "slice",
  takes: "link",
  ...paramsOf(
    z.strictObject({
      bytes: z.int().min(1).max(1_000_000),
      pauseMicros: z.int().min(0).max(1_000_000).default(100),
      direction: direction.default("both"),
    }),
  ),
  needs: () => ["slice-link"],
  undo: (target, params) => undoInjuries(target, "slice", injuriesOf(params)),
  inject: (target, params, signal) =>
    injureLinks(
      linksOf(target, "slice"),
      {
        injuries: injuriesOf(params),
        probeMs: probeMsMax,
        // No piece is above the average size, so that so many pauses at least lie before the last byte.
        ...lateness((probed) =>
          waysOf(params.direction).reduce((sum, way) => sum + pausesMs(bytesOn(way, probed), params), 0),
        ),
      },
      signal,
    ),
};

function pausesMs(bytes: number, params: SliceParams): number {
  return (Math.max(0, Math.ceil(bytes / params.bytes) - 1) * params.pauseMicros) / 1_000;
}

function injuriesOf(params: SliceParams): readonly LinkInjury[] {
  return waysOf(params.direction).map((way) => ({
    name: `slice-${way}`,
    kind: "slice",
    way,
    bytes: params.bytes,
    pauseMicros: params.pauseMicros,
  }));
}
