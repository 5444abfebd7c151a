import type { HistoryEvent } from "../model/event.ts";
import type { PlannedFault } from "../model/plan.ts";
import type { FaultSpan } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";

interface Window {
  readonly planned: PlannedFault;
  targets: readonly string[];
  from: number | null;
  to: number | null;
  proven: boolean;
  unfired: string | null;
}

/** Windows of the planned faults, from applied to healed. `proven`: a probe saw the injury itself. */
export interface FaultSpans {
  step(event: HistoryEvent): void;
  finish(clock: RunClock): readonly FaultSpan[];
}

export function beginFaultSpans(faults: readonly PlannedFault[]): FaultSpans {
  const windows = new Map<string, Window>(
    faults.map((planned) => [
      planned.id,
      { planned, targets: [planned.target], from: null, to: null, proven: false, unfired: null },
    ]),
  );
  return {
    step(event) {
      if (!("fault" in event)) return;
      const window = windows.get(event.fault);
      if (window === undefined) return;
      if (event.kind === "fault-applied") {
        window.from ??= event.at;
        window.targets = event.targets;
      } else if (event.kind === "fault-probed-active") window.proven ||= event.active;
      else if (event.kind === "fault-healed" && window.from !== null) window.to ??= event.at;
      else if (event.kind === "fault-unfired") {
        window.unfired = event.why;
        window.from ??= event.at;
        window.to ??= event.at;
      }
    },
    finish: (clock) => [...windows.values()].map((window) => faultSpan(window, clock)),
  };
}

function faultSpan({ planned, targets, from, to, proven, unfired }: Window, clock: RunClock): FaultSpan {
  const { id, kind } = planned;
  const reached = from !== null;
  return {
    label: `${kind} ${targets.join(", ")}`,
    fromMs: clock.ms(from ?? clock.now()),
    toMs: reached ? (to === null ? null : clock.ms(to)) : clock.ms(clock.now()),
    id,
    faultKind: kind,
    targets,
    proven,
    unfired: unfired ?? (reached ? null : "The run ended before its trigger."),
  };
}
