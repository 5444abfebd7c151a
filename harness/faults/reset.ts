import { z } from "zod";
import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { injureLinks, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { paramsOf } from "./params.ts";

interface ResetParams extends Readonly<Record<string, unknown>> {
  readonly direction: "to-broker" | "to-member";
}

/**
 * The first bytes on the injured way reset the connection (RST), every time: `to-broker` loses the request, `to-member`
 * the answer to a request that the broker has carried out.
 */
export const reset: Fault<ResetParams> = {
  kind: "reset",
  takes: "link",
  ...paramsOf(z.strictObject({ direction: z.enum(["to-broker", "to-member"]).default("to-broker") })),
  needs: () => ["reset-link"],
  undo: (target, params) => undoInjuries(target, "reset", injuriesOf(params)),
  inject: (target, params, signal) =>
    injureLinks(
      linksOf(target, "reset"),
      {
        injuries: injuriesOf(params),
        probeMs: probeMsMax,
        shows: (probed) => probed.outcome === "reset",
        lingers: (probed) => probed.outcome === "reset",
      },
      signal,
    ),
};

function injuriesOf(params: ResetParams): readonly LinkInjury[] {
  return [{ name: "reset", kind: "reset", way: params.direction }];
}
