import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";

/** What became of each planned fault. */
export interface Faults {
  readonly planned: readonly string[];
  readonly active: Set<string>;
  readonly healed: Set<string>;
  readonly unfired: Map<string, string>;
}

export function beginFaults(plan: Plan): Faults {
  return { planned: plan.faults.map(({ id }) => id), active: new Set(), healed: new Set(), unfired: new Map() };
}

export function learnFault(faults: Faults, event: HistoryEvent): void {
  if (event.kind === "fault-probed-active" && event.active) faults.active.add(event.fault);
  if (event.kind === "fault-probed-healed" && event.healed) faults.healed.add(event.fault);
  if (event.kind === "fault-unfired") faults.unfired.set(event.fault, event.why);
}

export function faultReasons({ planned, active, healed, unfired }: Faults): readonly string[] {
  return planned.flatMap((fault) => {
    const why = unfired.get(fault);
    if (why !== undefined) return [`${fault} did not fire (${why}): change its trigger or its target.`];
    if (!active.has(fault)) return [`${fault} was not proven active: hold it longer, or change its trigger.`];
    return healed.has(fault) ? [] : [`${fault} was not proven healed: give the run more time.`];
  });
}
