import { setTimeout as sleep } from "node:timers/promises";
import { within } from "../base/deadline.ts";
import { RollproofError, type ErrorCode } from "../base/errors.ts";
import type { RecordEvent, Subscribe } from "../model/event.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { UpgradePhase } from "../model/scenario.ts";
import { finalise, finaliseEpoch, type Activate } from "./finalise.ts";
import { foldView, startView } from "./gates.ts";
import type { UpgradeJournal } from "./journal.ts";
import { nextAction, type UpgradeAction } from "./machine.ts";
import { allUp, startStep, type Step, type StepWorld, type UpgradeMembers } from "./step.ts";

export interface UpgradeOptions {
  readonly plan: Pick<Plan, "upgrade" | "scenario">;
  readonly description: Pick<PipelineDescription, "stages" | "activate" | "checkpoint">;
  readonly journal: UpgradeJournal;
  readonly record: RecordEvent;
  readonly subscribe: Subscribe;
  readonly members: UpgradeMembers;
  /** The faults' barrier: resolves when every fault that this phase triggers is in force, or will not come. */
  readonly settled: (step: number, phase: UpgradePhase) => Promise<void>;
  readonly activate: Activate;
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}

export type UpgradeOutcome = { readonly outcome: "done" } | { readonly outcome: "stopped"; readonly why: string };

/** Failures of what carries the members out, or of the coordinator: no gate of theirs. */
const notTheMembers: ReadonlySet<ErrorCode> = new Set(["defect", "environment-unavailable"]);
/** Longest wait for the first send. */
const timeZeroMs = 120_000;

interface World extends StepWorld {
  readonly options: UpgradeOptions;
}

/**
 * Replaces one member after another, each through all phases, then finalises; every act is journalled before it begins. Call it before time 0: it waits for the first send, and learns of
 * the members from the events that follow. A gate or a deadline that is not met stops the upgrade. Rejects with the
 * signal's reason, for a defect, and where the environment cannot do what it is asked to.
 */
export async function runUpgrade(options: UpgradeOptions): Promise<UpgradeOutcome> {
  const { plan, journal, record, signal } = options;
  const view = startView();
  const zero = Promise.withResolvers<void>();
  using _ = options.subscribe((event) => {
    foldView(view, event);
    if (event.kind === "time-zero") zero.resolve();
  });
  // What a step has begun ends with the upgrade: a member that comes back later is nobody's to stop.
  const over = new AbortController();
  const world: World = {
    options,
    view,
    members: options.members,
    stages: options.description.stages.map((stage) => stage.name),
    partitions: plan.scenario.workload.partitions,
    gates: plan.scenario.gates,
    checkpoints: options.description.checkpoint !== null,
    signal: AbortSignal.any([signal, over.signal]),
    hostFactor: options.hostFactor,
  };
  try {
    await within(
      {
        what: "the first send",
        timeoutMs: timeZeroMs * options.hostFactor,
        signal,
        remedy: "Read the workload's events.",
      },
      zero.promise,
    );
    await sleep(plan.scenario.upgrade.startAfterMs, undefined, { signal });
    return await carryOut(world);
  } catch (cause) {
    if (signal.aborted || !(cause instanceof RollproofError) || notTheMembers.has(cause.code)) throw cause;
    await journal.append({ kind: "stopped", why: cause.message });
    record({ kind: "upgrade-stopped", why: cause.message });
    return { outcome: "stopped", why: cause.message };
  } finally {
    over.abort();
  }
}

/** Does what the journal's state asks for, until it asks for nothing. */
async function carryOut(world: World): Promise<UpgradeOutcome> {
  const { plan, journal, record } = world.options;
  const steps = new Map<number, Step>();
  for (;;) {
    const action = nextAction(journal.state());
    switch (action.kind) {
      case "phase": {
        const step = steps.get(action.step) ?? startStep(plannedStep(plan, action.step), world);
        steps.set(action.step, step);
        await carryOutPhase(action, step, world);
        break;
      }
      case "settle-step":
        await journal.append({ kind: "step-settled", step: action.step });
        record({ kind: "upgrade-step-settled", step: action.step, member: plannedStep(plan, action.step).member });
        break;
      case "finalise":
        await carryOutFinalise(action.resumed, world);
        break;
      case "done":
        return { outcome: "done" };
      case "stopped":
        return { outcome: "stopped", why: action.why };
      default:
        return action satisfies never;
    }
  }
}

async function carryOutPhase(
  { step: index, phase, resumed }: Extract<UpgradeAction, { readonly kind: "phase" }>,
  step: Step,
  world: World,
): Promise<void> {
  const { plan, journal, record, settled } = world.options;
  const { member, from, to } = plannedStep(plan, index);
  if (phase === "drain" && !resumed) {
    if (index > 0) await sleep(plan.scenario.upgrade.dwellMs, undefined, { signal: world.signal });
    await allUp(world);
    record({ kind: "upgrade-step-began", step: index, member, from, to });
  }
  const began = performance.now();
  if (!resumed) await journal.append({ kind: "phase-began", step: index, phase });
  record({ kind: "upgrade-phase-began", step: index, member, phase });
  await step.carryOut(phase, resumed);
  await settled(index, phase);
  await journal.append({ kind: "phase-settled", step: index, phase });
  const tookMs = Math.round(performance.now() - began);
  record({ kind: "upgrade-phase-settled", step: index, member, phase, tookMs });
}

async function carryOutFinalise(resumed: boolean, world: World): Promise<void> {
  const { plan, description, journal, record, activate } = world.options;
  const flag = description.activate?.flag;
  if (flag === undefined)
    throw new RollproofError("defect", "The upgrade is to finalise, but the pipeline has no flag.", {
      remedy: "Report it: programOf should have left finalise out.",
    });
  if (!resumed) await journal.append({ kind: "finalise-began" });
  record({ kind: "upgrade-finalise-began", flag });
  await finalise(world, plan.scenario.to, flag, activate);
  await journal.append({ kind: "finalised", epoch: finaliseEpoch });
  record({ kind: "upgrade-finalised", flag, epoch: finaliseEpoch });
}

function plannedStep(plan: Pick<Plan, "upgrade">, index: number): Plan["upgrade"][number] {
  const step = plan.upgrade[index];
  if (step === undefined)
    throw new RollproofError("defect", `The plan has no upgrade step ${index}.`, { remedy: "Report it." });
  return step;
}
