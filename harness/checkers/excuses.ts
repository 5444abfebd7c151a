import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { slowHostDoubts, startOverload, stepOverload, type Overload } from "./overload.ts";

/** What can hold a pipeline up without a fault of its own: what the harness began and did not undo, and what befell it. */
export interface Excuses {
  readonly overload: Overload;
  /** Faults that began and were not proven healed. */
  readonly faults: Set<string>;
  /** Brokers that run; the rest have ended and nobody started them again. */
  readonly brokers: Map<string, "runs" | "ended">;
  /** Logs whose tail failed and has not settled since. */
  readonly failedTails: Set<string>;
  step: { readonly member: string; readonly phase: string } | null;
  /** What happened once and cannot be mended. */
  readonly reasons: Set<string>;
}

/** In these the member is stopped by the harness, and nobody else brings it back. */
const takenDown: ReadonlySet<string> = new Set(["drain", "stop", "start"]);

export function startExcuses(context: CheckerContext): Excuses {
  return {
    overload: startOverload(context),
    faults: new Set(),
    brokers: new Map(context.plan.scenario.brokers.map((_, i) => [`broker-${i + 1}`, "runs"])),
    failedTails: new Set(),
    step: null,
    reasons: new Set(),
  };
}

export function stepExcuses(excuses: Excuses, event: HistoryEvent): void {
  const { faults, brokers, failedTails, reasons } = excuses;
  stepOverload(excuses.overload, event);
  switch (event.kind) {
    case "fault-journalled":
      faults.add(event.fault);
      break;
    case "fault-probed-healed":
      if (event.healed) faults.delete(event.fault);
      break;
    case "process-started":
    case "process-ended":
      if (brokers.has(event.process)) brokers.set(event.process, event.kind === "process-started" ? "runs" : "ended");
      break;
    case "tail-failed":
      failedTails.add(`${event.topic}-${event.partition}`);
      break;
    case "tail-settled":
      failedTails.delete(`${event.topic}-${event.partition}`);
      break;
    case "upgrade-phase-began":
      excuses.step = event;
      break;
    case "upgrade-stopped":
      if (excuses.step !== null && takenDown.has(excuses.step.phase))
        reasons.add(`The upgrade stopped while ${excuses.step.member} was taken down (${event.why}): mend that.`);
      break;
    case "interrupted":
      reasons.add(`The run was interrupted (${event.why}): let it end.`);
      break;
    case "defect":
      reasons.add(`The harness failed (${event.what}): this is a defect of rollproof.`);
      break;
    default:
      break;
  }
}

/** Why a time-out proves nothing here; none: it does. What ended a run may have ended members long before it was noticed. */
export function excusesOf({ overload, faults, brokers, failedTails, reasons }: Excuses): readonly string[] {
  const gone = [...brokers].filter(([, state]) => state === "ended").map(([broker]) => broker);
  return [
    ...slowHostDoubts(overload),
    ...[...faults].map((fault) => `${fault} was not proven healed: give the run more time.`),
    ...gone.map((broker) => `${broker} ended and was not started again: read its log.`),
    ...[...failedTails].map((log) => `The tail of ${log} failed: run again.`),
    ...reasons,
  ];
}
