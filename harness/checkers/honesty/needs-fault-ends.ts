import type { CheckerContext } from "../../model/finding.ts";
import { activeOn, beginActiveFaults, learnActiveFault } from "../../facts/active-faults.ts";
import type { NeedsOfTheme } from "./needs-of-theme.ts";

/** Faults that are not applied without an end of their target. */
const ending: ReadonlySet<string> = new Set(["crash", "stop", "out-of-memory"]);

/** What a fault was to end has ended by it: a member, a broker, or the upgrade's coordinator. */
export function faultEndNeeds({ plan }: CheckerContext): NeedsOfTheme {
  const faults = beginActiveFaults(plan);
  const killers = new Set<string>();
  return {
    step(event) {
      learnActiveFault(faults, event);
      if (event.kind !== "process-ended" && event.kind !== "coordinator-ended") return;
      if (event.cause !== "fault") return;
      const process = event.kind === "process-ended" ? event.process : "coordinator";
      for (const { fault } of activeOn(faults, process, { from: event.at, to: event.at })) killers.add(fault);
    },
    missing: () =>
      faults.spans
        .filter(({ fault, kind }) => ending.has(kind) && !killers.has(fault))
        .map(({ fault, targets }) => ({
          kind: targets.includes("coordinator") ? "coordinator-ended" : "process-ended",
          of: `${targets.join(", ")} by ${fault}`,
        })),
  };
}
