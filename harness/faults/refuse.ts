import type { LinkToxic } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { injureLinks, linksOf, probeMsMax, undoToxics } from "./link-fault.ts";
import { noParams, paramsOf } from "./params.ts";

const toxics: readonly LinkToxic[] = [{ name: "refuse", type: "disabled", direction: "to-broker", attributes: {} }];

/** Connections are closed and new ones refused, as by a port that nobody listens on. By toxiproxy's disabled proxy. */
export const refuse: Fault<Readonly<Record<string, never>>> = {
  kind: "refuse",
  takes: "link",
  ...paramsOf(noParams),
  needs: () => ["refuse-link"],
  undo: (target) => undoToxics(target, "refuse", toxics),
  inject: (target, _params, signal) =>
    injureLinks(
      linksOf(target, "refuse"),
      {
        toxics,
        probeMs: probeMsMax,
        shows: (probed) => probed.outcome === "refused",
        lingers: (probed) => probed.outcome === "refused",
      },
      signal,
    ),
};
