import type { HistoryEvent } from "../../model/event.ts";
import type { JudgingContext } from "../checker.ts";
import { earlyEnd } from "../honesty/run-facts.ts";
import { takesDown } from "../../facts/roll.ts";
import { slowHostDoubts, type Overload } from "../../facts/overload.ts";

/** What can hold a pipeline up without a fault of its own: what the harness began and did not undo, and what befell it. */
export interface Excuses {
  readonly overload: Overload;
  /** Faults that came into force, or may have, and were not proven healed. */
  readonly faults: Set<string>;
  /** Brokers by their latest incarnation; one that has ended is gone until another is started. */
  readonly brokers: Map<string, { readonly incarnation: number; readonly runs: boolean }>;
  /** Logs whose tail failed. */
  readonly failedTails: Set<string>;
  /** The upgrade stopped while members were taken down, and nobody brings them back. */
  takenDown: string | null;
  act: HistoryEvent<"upgrade-act-began"> | null;
  /** Members are stopped, and what is read is only what they have left. */
  isRead: boolean;
  /** What happened once and cannot be mended. */
  readonly reasons: Set<string>;
}

export function beginExcuses({ plan, facts }: JudgingContext): Excuses {
  return {
    overload: facts.overload,
    faults: new Set(),
    brokers: new Map(plan.scenario.brokers.map((_, i) => [`broker-${i + 1}`, { incarnation: 1, runs: true }])),
    failedTails: new Set(),
    takenDown: null,
    act: null,
    isRead: false,
    reasons: new Set(),
  };
}

export function stepExcuses(excuses: Excuses, event: HistoryEvent): void {
  const early = earlyEnd(event);
  if (early !== null) excuses.reasons.add(early);
  if (event.kind === "run-phase" && event.phase === "final-read") excuses.isRead = true;
  if (!excuses.isRead) learn(excuses, event);
}

function learn(excuses: Excuses, event: HistoryEvent): void {
  const { faults, brokers, failedTails } = excuses;
  switch (event.kind) {
    case "fault-applied":
      faults.add(event.fault);
      break;
    case "fault-probed-healed":
      if (event.healed) faults.delete(event.fault);
      else faults.add(event.fault);
      break;
    case "process-started":
    case "process-ended": {
      const { process, incarnation } = event;
      const known = brokers.get(process);
      // The end of an incarnation may be told after its successor's start.
      if (known === undefined || incarnation < known.incarnation) break;
      brokers.set(process, { incarnation, runs: event.kind === "process-started" });
      break;
    }
    case "tail-failed":
      failedTails.add(`${event.topic}-${event.partition}`);
      break;
    case "upgrade-act-began":
      excuses.act = event;
      break;
    case "upgrade-stopped":
      if (excuses.act !== null && takesDown(excuses.act))
        excuses.takenDown ??= `The upgrade stopped while ${excuses.act.members.join(", ")} was taken down (${event.why}): mend that.`;
      break;
    default:
      break;
  }
}

/** Why a time-out proves nothing here; none: it does. What ended a run may have ended members long before it was noticed. */
export function excusesOf(excuses: Excuses): readonly string[] {
  return [...surroundingsOf(excuses), ...(excuses.takenDown === null ? [] : [excuses.takenDown])];
}

/** What of this is none of the pipeline's and of no step of the upgrade. */
export function surroundingsOf({ overload, faults, brokers, failedTails, reasons }: Excuses): readonly string[] {
  const gone = [...brokers].filter(([, { runs }]) => !runs).map(([broker]) => broker);
  return [
    ...slowHostDoubts(overload),
    ...[...faults].map((fault) => `${fault} was not proven healed: give the run more time.`),
    ...gone.map((broker) => `${broker} ended and was not started again: read its log.`),
    ...[...failedTails].map((log) => `The tail of ${log} failed: run again.`),
    ...reasons,
  ];
}
