import { zeroOf } from "../base/clock.ts";
import { until, within } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { patienceMs } from "../model/profile.ts";
import { tasksOf } from "../model/tasks.ts";
import { beginView, foldView, type GateView } from "../upgrade/gates/view.ts";
import type { UpgradeOutcome } from "../upgrade/engine.ts";
import { arm, type Armed } from "./arm.ts";
import { boot, type StandingCluster } from "./boot.ts";
import { bringUp, type StandingPipeline } from "./bring-up.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { Beginning } from "./coordinator/protocol.ts";
import { handsOf } from "./hands.ts";
import { startOnlineChecks, type OnlineWatch } from "./online/start.ts";

/** What stands and waits when the load begins. */
type Standing = StandingCluster & StandingPipeline & Armed & { readonly view: GateView };

/** Before the host factor. */
const deadlines = { faultsGraceMs: 8_000, drainSlackMs: 5_000, sendsMs: 60_000 } as const;

/**
 * Carries out a plan and leaves its history: boot, load, roll, finalise, heal, drain, final read. Whatever way it ends, faults
 * are healed, members stopped, the logs read to their end, and nothing is left running: each piece hands what it started
 * to the one scope, which ends it in the opposite order. Throws what ended it early.
 */
export async function execute(options: ExecuteOptions): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const view = beginView();
  scope.use(options.recorder.subscribe((event) => foldView(view, event)));
  const online = scope.use(watchOnline(options));
  const cluster = await boot(options, scope);
  const pipeline = await bringUp(options, cluster, scope);
  const armed = await arm(options, cluster, pipeline, scope);
  const standing = { ...cluster, ...pipeline, ...armed, view };
  const upgraded = await roll(options, standing);
  await online?.[Symbol.asyncDispose]();
  await heal(options, standing, upgraded);
  await lastSends(options, standing);
  await drain(options, standing);
}

/** The checkers over the history as it grows, up to the end of the upgrade; null: the scenario does not ask for them. */
function watchOnline({ plan, layout, recorder, clock, hostFactor }: ExecuteOptions): OnlineWatch | null {
  if (plan.scenario.upgrade.onlineChecks !== true) return null;
  return startOnlineChecks({ planPath: layout.plan, hostFactor, recorder, clock });
}

/** Begins the load and carries out the upgrade, under it and under the faults. */
async function roll(options: ExecuteOptions, standing: Standing): Promise<UpgradeOutcome> {
  const { plan, recorder } = options;
  const { coordinator, workload } = standing;
  const upgrade = coordinator.carryOut({
    ways: plan,
    beginning: () => beginningOf(options, standing),
    hands: handsOf(options, standing),
  });
  // The roll's own phases are told by its first replacement and by finalise.
  const told = new Set<string>();
  const tell = (phase: "roll" | "finalise"): void => {
    if (!told.has(phase)) recorder.record({ kind: "run-phase", phase });
    told.add(phase);
  };
  using _ = recorder.subscribe((event) => {
    if (event.kind === "sources-held") workload.hold();
    if (event.kind === "sources-released") workload.release();
    if (event.kind !== "upgrade-act-began") return;
    if (event.step !== null) tell("roll");
    if (event.what === "prepare") tell("finalise");
  });
  recorder.record({ kind: "run-phase", phase: "load" });
  workload.start();
  return await upgrade;
}

/** What a coordinator that begins now has to know. */
function beginningOf(options: ExecuteOptions, { environment, view }: Standing): Beginning {
  const { plan, description, layout, clock, hostFactor } = options;
  const tasks = tasksOf(description, description.topics(plan.scenario.workload.partitions)).all;
  return {
    plan,
    journals: layout.journals,
    pipeline: { tasks, checkpoints: description.checkpoint !== null },
    members: environment.memberSlots,
    view,
    clockZero: zeroOf(() => clock.now()),
    hostFactor,
  };
}

/** The end of all faults. The trickle goes on meanwhile: a point that is still armed needs records to be reached. */
async function heal(
  { recorder, hostFactor }: ExecuteOptions,
  { faults }: Standing,
  { outcome }: UpgradeOutcome,
): Promise<void> {
  recorder.record({ kind: "run-phase", phase: "heal" });
  await faults.allOver(outcome === "stopped" ? 0 : deadlines.faultsGraceMs * hostFactor);
  recorder.record({ kind: "faults-over" });
}

/** The remainder of the load, at once. */
async function lastSends({ recorder, hostFactor, signal }: ExecuteOptions, { workload }: Standing): Promise<void> {
  recorder.record({ kind: "run-phase", phase: "drain" });
  workload.finalised();
  await within(
    {
      what: "the last sends to be answered",
      timeoutMs: deadlines.sendsMs * hostFactor,
      signal,
      remedy: "Read the send events and the brokers' logs.",
    },
    workload.done,
  );
}

/**
 * Liveness is demanded: everything healed, nothing sent any more, so that the lag must come to nothing by a deadline. It lies
 * behind that after which a task that stood still is convicted by LV1.
 */
async function drain({ plan, recorder, hostFactor, signal }: ExecuteOptions, { collecting }: Standing): Promise<void> {
  try {
    await until(
      {
        what: "lag 0 on every task and no open transaction",
        timeoutMs: patienceMs(plan.scenario, hostFactor) + deadlines.drainSlackMs * hostFactor,
        signal,
        remedy: "Read the gauge-lag events and the members' logs.",
      },
      () => (collecting.drained() ? true : undefined),
    );
    recorder.record({ kind: "drained" });
  } catch (error) {
    if (signal.aborted || !(error instanceof RollproofError)) throw error;
    recorder.record({ kind: "drain-failed", why: `${error.message} ${collecting.backlog()}` });
  }
}
