import { z } from "zod";
import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { bytesOn, injureLinks, lateness, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { direction, paramsOf, waysOf, type Direction } from "./params.ts";

interface BandwidthParams extends Readonly<Record<string, unknown>> {
  /** Kilobytes (1000 bytes) per second, each way for itself. */
  readonly rate: number;
  readonly direction: Direction;
}

/** The link carries so much and no more: a saturated line. Bytes wait, none is lost. */
export const bandwidth: Fault<BandwidthParams> = {
  kind: "bandwidth",
  takes: "link",
  ...paramsOf(z.strictObject({ rate: z.int().min(1).max(100_000), direction: direction.default("both") })),
  needs: () => ["bandwidth-link"],
  undo: (target, params) => undoInjuries(target, "bandwidth", injuriesOf(params)),
  inject: (target, params, signal) =>
    injureLinks(
      linksOf(target, "bandwidth"),
      {
        injuries: injuriesOf(params),
        probeMs: probeMsMax,
        // A byte takes 1 ms at 1 kB/s. A probe is some hundred bytes, so only a low rate shows in it.
        ...lateness((probed) =>
          waysOf(params.direction).reduce((sum, way) => sum + bytesOn(way, probed) / params.rate, 0),
        ),
      },
      signal,
    ),
};

function injuriesOf(params: BandwidthParams): readonly LinkInjury[] {
  return waysOf(params.direction).map((way) => ({
    name: `bandwidth-${way}`,
    kind: "bandwidth",
    way,
    kilobytesPerSecond: params.rate,
  }));
}
