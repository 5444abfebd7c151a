import type { LinkInjury } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { injureLinks, linksOf, probeMsMax, undoInjuries } from "./link-fault.ts";
import { noParams, paramsOf } from "./params.ts";

const injuries: readonly LinkInjury[] = [{ name: "refuse", kind: "refuse", way: "to-broker" }];

/** Connections are closed and new ones refused, as by a port that nobody listens on. */
export const refuse: Fault<Readonly<Record<string, never>>> = {
  kind: "refuse",
  takes: "link",
  ...paramsOf(noParams),
  needs: () => ["refuse-link"],
  undo: (target) => undoInjuries(target, "refuse", injuries),
  inject: (target, _params, signal) =>
    injureLinks(
      linksOf(target, "refuse"),
      {
        injuries,
        probeMs: probeMsMax,
        shows: (probed) => probed.outcome === "refused",
        lingers: (probed) => probed.outcome === "refused",
      },
      signal,
    ),
};
