import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { earlyEnd } from "./honesty/run-facts.ts";
import { slowHostDoubts, startOverload, stepOverload, type Overload } from "./overload.ts";

/** What can hold a pipeline up without a fault of its own: what the harness began and did not undo, and what befell it. */
export interface Excuses {
  readonly overload: Overload;
  /** Faults that came into force, or may have, and were not proven healed. */
  readonly faults: Set<string>;
  /** Brokers by their latest incarnation; one that has ended is gone until another is started. */
  readonly brokers: Map<string, { readonly incarnation: number; readonly runs: boolean }>;
  /** Logs whose tail failed. */
  readonly failedTails: Set<string>;
  step: { readonly member: string; readonly phase: string } | null;
  /** Members are stopped, and what is read is only what they have left. */
  isRead: boolean;
  /** What happened once and cannot be mended. */
  readonly reasons: Set<string>;
}

/** In these the member is stopped by the harness, and nobody else brings it back. */
const takenDown: ReadonlySet<string> = new Set(["drain", "stop", "start"]);

export function startExcuses(context: CheckerContext): Excuses {
  return {
    overload: startOverload(context),
    faults: new Set(),
    brokers: new Map(context.plan.scenario.brokers.map((_, i) => [`broker-${i + 1}`, { incarnation: 1, runs: true }])),
    failedTails: new Set(),
    step: null,
    isRead: false,
    reasons: new Set(),
  };
}

export function stepExcuses(excuses: Excuses, event: HistoryEvent): void {
  stepOverload(excuses.overload, event);
  const early = earlyEnd(event);
  if (early !== null) excuses.reasons.add(early);
  if (event.kind === "run-phase" && event.phase === "final-read") excuses.isRead = true;
  if (!excuses.isRead) learn(excuses, event);
}

function learn(excuses: Excuses, event: HistoryEvent): void {
  const { faults, brokers, failedTails, reasons } = excuses;
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
    case "upgrade-phase-began":
      excuses.step = event;
      break;
    case "upgrade-stopped":
      if (excuses.step !== null && takenDown.has(excuses.step.phase))
        reasons.add(`The upgrade stopped while ${excuses.step.member} was taken down (${event.why}): mend that.`);
      break;
    default:
      break;
  }
}

/** Why a time-out proves nothing here; none: it does. What ended a run may have ended members long before it was noticed. */
export function excusesOf({ overload, faults, brokers, failedTails, reasons }: Excuses): readonly string[] {
  const gone = [...brokers].filter(([, { runs }]) => !runs).map(([broker]) => broker);
  return [
    ...slowHostDoubts(overload),
    ...[...faults].map((fault) => `${fault} was not proven healed: give the run more time.`),
    ...gone.map((broker) => `${broker} ended and was not started again: read its log.`),
    ...[...failedTails].map((log) => `The tail of ${log} failed: run again.`),
    ...reasons,
  ];
}
