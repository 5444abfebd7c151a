import { z } from "zod";
import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { injureLinks, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { direction, paramsOf, waysOf, type Direction } from "./params.ts";

interface HoldParams extends Readonly<Record<string, unknown>> {
  readonly direction: Direction;
}

/**
 * Bytes are held, nothing is lost: connections live, new ones are accepted but mute, or, where packets are dropped, not even
 * accepted, and on healing everything held is delivered in order. Both ways it is a network partition as TCP sees it; it finds zombies and late commits.
 */
export const hold: Fault<HoldParams> = {
  kind: "hold",
  takes: "link",
  ...paramsOf(z.strictObject({ direction: direction.default("both") })),
  needs: (params) => [params.direction === "both" ? "hold-link" : "hold-link-one-way"],
  undo: (target, params) => undoInjuries(target, "hold", injuriesOf(params)),
  inject: (target, params, signal) =>
    injureLinks(
      linksOf(target, "hold"),
      {
        injuries: injuriesOf(params),
        probeMs: probeMsMax,
        // Where nothing of Docker's accepts for the proxy server, dropped packets let no connection come about.
        shows: ({ outcome }) => outcome === "mute" || outcome === "unreachable",
        lingers: ({ outcome }) => outcome === "unreachable",
      },
      signal,
    ),
};

function injuriesOf(params: HoldParams): readonly LinkInjury[] {
  return waysOf(params.direction).map((way) => ({
    name: `hold-${way}`,
    kind: "hold",
    way,
  }));
}
