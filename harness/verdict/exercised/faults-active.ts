import { eventRef } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { counted, type Counted } from "./witnesses.ts";

/** Planned faults that a probe proved active. */
export interface Active {
  readonly planned: ReadonlySet<string>;
  readonly proven: Map<string, string>;
}

export function beginActive(plan: Plan): Active {
  return { planned: new Set(plan.faults.map(({ id }) => id)), proven: new Map() };
}

export function learnActive({ planned, proven }: Active, event: HistoryEvent): void {
  if (event.kind !== "fault-probed-active" || !event.active || !planned.has(event.fault)) return;
  if (!proven.has(event.fault)) proven.set(event.fault, eventRef(event.seq));
}

export function activeFaults({ proven }: Active): Counted {
  const refs = [...proven.values()];
  return counted({ seen: refs.length, refs });
}
