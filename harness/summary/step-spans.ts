import type { HistoryEvent } from "../model/event.ts";
import { endsStep } from "../model/program.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Span, StepSpan } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";

interface Stretch {
  readonly label: string;
  readonly from: number;
  to: number | null;
}
interface Step extends Stretch {
  readonly members: readonly string[];
  readonly phases: Stretch[];
}

/** The run's own phases, and the upgrade's replacements with theirs. */
export interface StepSpans {
  step(event: HistoryEvent): void;
  finish(clock: RunClock): { readonly phases: readonly Span[]; readonly steps: readonly StepSpan[] };
}

export function beginStepSpans({ from, to }: Pick<Scenario, "from" | "to">): StepSpans {
  const phases: Stretch[] = [];
  const steps = new Map<number, Step>();
  let isBack = false;
  const closePhase = (at: number): void => {
    const open = phases.at(-1);
    if (open !== undefined) open.to ??= at;
  };
  const begin = ({ step, phase, members, at }: HistoryEvent<"upgrade-act-began">): void => {
    if (step === null || phase === null) return;
    const known = steps.get(step);
    const way = isBack ? `${to} → ${from}` : `${from} → ${to}`;
    const of = known ?? { label: `${members.join(" + ")} ${way}`, members, from: at, to: null, phases: [] };
    if (known === undefined) steps.set(step, of);
    // An act that a coordinator was cut off in begins again with the next.
    if (of.phases.at(-1)?.label !== phase) of.phases.push({ label: phase, from: at, to: null });
  };
  return {
    step(event) {
      if (event.kind === "run-phase") {
        closePhase(event.at);
        phases.push({ label: event.phase, from: event.at, to: null });
      } else if (event.kind === "run-ended") closePhase(event.at);
      else if (event.kind === "upgrade-act-began") begin(event);
      else if (event.kind === "roll-back-began") {
        // The replacement that was given up ends here.
        isBack = true;
        for (const step of steps.values()) for (const open of [step, ...step.phases]) settle(open, event.at);
      } else if (event.kind === "upgrade-act-settled") {
        const of = event.step === null ? undefined : steps.get(event.step);
        settle(
          of?.phases.findLast(({ label }) => label === event.phase),
          event.at,
        );
        if (endsStep(event)) settle(of, event.at);
      }
    },
    finish: (clock) => ({
      phases: phases.map((stretch) => span(stretch, clock)),
      steps: [...steps.values()].map((step) => ({
        ...span(step, clock),
        members: step.members,
        phases: step.phases.map((stretch) => span(stretch, clock)),
      })),
    }),
  };
}

function settle(stretch: Stretch | undefined, at: number): void {
  if (stretch !== undefined) stretch.to ??= at;
}

function span({ label, from, to }: Stretch, clock: RunClock): Span {
  return { label, fromMs: clock.ms(from), toMs: to === null ? null : clock.ms(to) };
}
