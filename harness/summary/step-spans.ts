import type { HistoryEvent } from "../model/event.ts";
import type { Span, StepSpan } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";

interface Stretch {
  readonly label: string;
  readonly from: number;
  to: number | null;
}
interface Step extends Stretch {
  readonly member: string;
  readonly phases: Stretch[];
}

/** The run's own phases, and the upgrade's steps with theirs. */
export interface StepSpans {
  step(event: HistoryEvent): void;
  finish(clock: RunClock): { readonly phases: readonly Span[]; readonly steps: readonly StepSpan[] };
}

export function startStepSpans(): StepSpans {
  const phases: Stretch[] = [];
  const steps = new Map<number, Step>();
  const closePhase = (at: number): void => {
    const open = phases.at(-1);
    if (open !== undefined) open.to ??= at;
  };
  return {
    step(event) {
      if (event.kind === "run-phase") {
        closePhase(event.at);
        phases.push({ label: event.phase, from: event.at, to: null });
      } else if (event.kind === "run-ended") closePhase(event.at);
      else if (event.kind === "upgrade-step-began") {
        const label = `${event.member} ${event.from} → ${event.to}`;
        steps.set(event.step, { label, member: event.member, from: event.at, to: null, phases: [] });
      } else if (event.kind === "upgrade-phase-began")
        steps.get(event.step)?.phases.push({ label: event.phase, from: event.at, to: null });
      else if (event.kind === "upgrade-phase-settled")
        settle(
          steps.get(event.step)?.phases.findLast(({ label }) => label === event.phase),
          event.at,
        );
      else if (event.kind === "upgrade-step-settled") settle(steps.get(event.step), event.at);
    },
    finish: (clock) => ({
      phases: phases.map((stretch) => span(stretch, clock)),
      steps: [...steps.values()].map((step) => ({
        ...span(step, clock),
        member: step.member,
        phases: step.phases.map((stretch) => span(stretch, clock)),
      })),
    }),
  };
}

function settle(stretch: Stretch | undefined, at: number): void {
  if (stretch !== undefined) stretch.to = at;
}

function span({ label, from, to }: Stretch, clock: RunClock): Span {
  return { label, fromMs: clock.ms(from), toMs: to === null ? null : clock.ms(to) };
}
