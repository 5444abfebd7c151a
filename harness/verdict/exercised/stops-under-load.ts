import type { HistoryEvent } from "../../model/event.ts";
import { eventRef } from "../../model/evidence.ts";
import { addTo, beginCount, counted, type Counted, type Counter } from "./witnesses.ts";

/** Members that the upgrade began to drain while records were waiting. */
export interface StopsUnderLoad {
  /** By task: how many records waited in the last sample. */
  readonly lag: Map<string, number>;
  readonly count: Counter;
}

export function beginStopsUnderLoad(): StopsUnderLoad {
  return { lag: new Map(), count: beginCount() };
}

export function learnStopUnderLoad({ lag, count }: StopsUnderLoad, event: HistoryEvent): void {
  if (event.kind === "gauge-lag") lag.set(`${event.stage}-${event.partition}`, event.lag);
  if (event.kind !== "upgrade-act-began" || event.phase !== "drain") return;
  if ([...lag.values()].every((waiting) => waiting === 0)) return;
  for (const _ of event.members) addTo(count, eventRef(event.seq));
}

export function stopsUnderLoad({ count }: StopsUnderLoad): Counted {
  return counted(count);
}
