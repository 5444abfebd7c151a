import { z } from "zod";
import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { injureLinks, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { direction, paramsOf, waysOf, type Direction } from "./params.ts";

interface DelayParams extends Readonly<Record<string, unknown>> {
  /** Added to each injured way. */
  readonly latencyMs: number;
  readonly direction: Direction;
}

/** Every byte arrives later by the latency, without jitter: a slow or distant link. */
export const delay: Fault<DelayParams> = {
  kind: "delay",
  takes: "link",
  ...paramsOf(z.strictObject({ latencyMs: z.int().min(5).max(30_000), direction: direction.default("both") })),
  needs: () => ["delay-link"],
  undo: (target, params) => undoInjuries(target, "delay", injuriesOf(params)),
  inject: (target, params, signal) =>
    injureLinks(
      linksOf(target, "delay"),
      {
        injuries: injuriesOf(params),
        probeMs: probeMsMax,
        // No answer within the probe's time is as late as the probe can see.
        shows: (probed) =>
          probed.outcome === "mute" || (probed.outcome === "answered" && probed.afterMs >= params.latencyMs - 1),
      },
      signal,
    ),
};

function injuriesOf(params: DelayParams): readonly LinkInjury[] {
  return waysOf(params.direction).map((way) => ({
    name: `delay-${way}`,
    kind: "delay",
    way,
    latencyMs: params.latencyMs,
  }));
}
