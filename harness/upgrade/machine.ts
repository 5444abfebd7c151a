import type { PlannedStep } from "../model/plan.ts";
import { upgradePhases, type UpgradePhase } from "../model/scenario.ts";

/** What the coordinator writes down: an intention before it acts, the outcome after. */
export type UpgradeEntry =
  | { readonly kind: "phase-began"; readonly step: number; readonly phase: UpgradePhase }
  | { readonly kind: "phase-settled"; readonly step: number; readonly phase: UpgradePhase }
  | { readonly kind: "step-settled"; readonly step: number }
  | { readonly kind: "finalise-began" }
  | { readonly kind: "finalised"; readonly epoch: number }
  | { readonly kind: "stopped"; readonly why: string };

/** What there is to do, in order. */
export interface UpgradeProgram {
  readonly steps: readonly PlannedStep[];
  readonly finalise: boolean;
}

/** Where the upgrade stands, as far as the journal tells. */
export interface UpgradeState {
  readonly program: UpgradeProgram;
  /** The step under way, or the next; `steps.length` when all are settled. */
  readonly step: number;
  /** Phases of that step that are settled. */
  readonly settled: number;
  /** Whether the phase (or finalise) that comes next was begun already: what it does may have happened. */
  readonly begun: boolean;
  /** The steps at whose member the new version may have been started. */
  readonly started: number;
  readonly finalised: boolean;
  readonly stopped: string | null;
}

/** The next thing to do. `resumed`: it was begun before, so look before acting. */
export type UpgradeAction =
  | { readonly kind: "phase"; readonly step: number; readonly phase: UpgradePhase; readonly resumed: boolean }
  | { readonly kind: "settle-step"; readonly step: number }
  | { readonly kind: "finalise"; readonly resumed: boolean }
  | { readonly kind: "done" }
  | { readonly kind: "stopped"; readonly why: string };

export function startOf(program: UpgradeProgram): UpgradeState {
  return { program, step: 0, settled: 0, begun: false, started: 0, finalised: false, stopped: null };
}

/** The state behind one more entry. Throws a plain Error for an entry that cannot follow: the journal is not of this plan. */
export function advance(state: UpgradeState, entry: UpgradeEntry): UpgradeState {
  if (entry.kind === "stopped") return { ...state, stopped: entry.why };
  const expected = nextAction(state);
  switch (entry.kind) {
    case "phase-began": {
      if (!isPhase(expected, entry) || expected.resumed) throw outOfOrder(entry, expected);
      return { ...state, begun: true, started: entry.phase === "start" ? entry.step + 1 : state.started };
    }
    case "phase-settled": {
      if (!isPhase(expected, entry) || !expected.resumed) throw outOfOrder(entry, expected);
      return { ...state, settled: state.settled + 1, begun: false };
    }
    case "step-settled": {
      if (expected.kind !== "settle-step" || expected.step !== entry.step) throw outOfOrder(entry, expected);
      return { ...state, step: state.step + 1, settled: 0 };
    }
    case "finalise-began": {
      if (expected.kind !== "finalise" || expected.resumed) throw outOfOrder(entry, expected);
      return { ...state, begun: true };
    }
    case "finalised": {
      if (expected.kind !== "finalise" || !expected.resumed) throw outOfOrder(entry, expected);
      return { ...state, begun: false, finalised: true };
    }
    default:
      return entry satisfies never;
  }
}

/** What the state asks for. Pure: the same journal always goes on the same way. */
export function nextAction(state: UpgradeState): UpgradeAction {
  if (state.stopped !== null) return { kind: "stopped", why: state.stopped };
  const { step, program } = state;
  if (step < program.steps.length) {
    const phase = upgradePhases[state.settled];
    return phase === undefined ? { kind: "settle-step", step } : { kind: "phase", step, phase, resumed: state.begun };
  }
  if (program.finalise && !state.finalised) return { kind: "finalise", resumed: state.begun };
  return { kind: "done" };
}

/** The version that the member is to run now, say after a crash: the new one from the moment its start was intended. */
export function versionOf(state: UpgradeState, member: string): string {
  const { steps } = state.program;
  const last = steps.findLast((step, index) => step.member === member && index < state.started);
  const version = last?.to ?? steps.find((step) => step.member === member)?.from ?? steps[0]?.from;
  if (version === undefined) throw new Error(`the plan does not say which version ${member} runs`);
  return version;
}

function isPhase(
  action: UpgradeAction,
  entry: { readonly step: number; readonly phase: UpgradePhase },
): action is Extract<UpgradeAction, { readonly kind: "phase" }> {
  return action.kind === "phase" && action.step === entry.step && action.phase === entry.phase;
}

function outOfOrder(entry: UpgradeEntry, expected: UpgradeAction): Error {
  return new Error(`${JSON.stringify(entry)} cannot follow: next was ${JSON.stringify(expected)}`);
}
