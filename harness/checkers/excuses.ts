import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { slowHostDoubts, startOverload, stepOverload, type Overload } from "./overload.ts";

/** What can hold a pipeline up without a fault of its own: a starved host, and a run that was cut short. */
export interface Excuses {
  readonly overload: Overload;
  cutShort: string | null;
}

export function startExcuses(context: CheckerContext): Excuses {
  return { overload: startOverload(context), cutShort: null };
}

export function stepExcuses(excuses: Excuses, event: HistoryEvent): void {
  stepOverload(excuses.overload, event);
  if (event.kind === "interrupted") excuses.cutShort = event.why;
}

/** Why a time-out proves nothing here; none: it does. What ended a run may have ended members long before it was noticed. */
export function excusesOf({ overload, cutShort }: Excuses): readonly string[] {
  const interrupted = cutShort === null ? [] : [`The run was interrupted (${cutShort}): let it end.`];
  return [...slowHostDoubts(overload), ...interrupted];
}
