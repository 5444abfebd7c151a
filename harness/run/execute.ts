import { until, within } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { patienceMs } from "../model/profile.ts";
import { runUpgrade } from "../upgrade/rolling.ts";
import { arm, type Armed } from "./arm.ts";
import { boot, type StandingCluster } from "./boot.ts";
import { bringUp, type StandingPipeline } from "./bring-up.ts";
import { writeFlag } from "./cluster.ts";
import type { ExecuteOptions } from "./execute-options.ts";

/** What stands and waits when the load begins. */
type Standing = StandingCluster & StandingPipeline & Armed;

/** Before the host factor. */
const deadlines = { faultsGraceMs: 8_000, drainSlackMs: 5_000, sendsMs: 60_000 } as const;

/**
 * Carries out a plan and leaves its history: boot, load, roll, finalise, heal, drain, final read. Whatever way it ends, faults
 * are healed, members stopped, the logs read to their end, and nothing is left running: each piece hands what it started
 * to the one scope, which ends it in the opposite order. Throws what ended it early.
 */
export async function execute(options: ExecuteOptions): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const cluster = await boot(options, scope);
  const pipeline = await bringUp(options, cluster, scope);
  const armed = await arm(options, cluster, pipeline, scope);
  const standing = { ...cluster, ...pipeline, ...armed };
  const upgraded = await roll(options, standing);
  await heal(options, standing, upgraded);
  await lastSends(options, standing);
  await drain(options, standing);
}

/** Begins the load and replaces the members one by one, under it and under the faults. */
async function roll(options: ExecuteOptions, standing: Standing): Promise<{ readonly outcome: "done" | "stopped" }> {
  const { plan, description, recorder, signal, hostFactor } = options;
  const { environment, kafka, members, journal, faults, workload } = standing;
  const upgrade = runUpgrade({
    plan,
    description,
    journal,
    record: recorder.record,
    subscribe: recorder.subscribe,
    members: {
      ids: environment.memberSlots,
      current: (member) => members.latest(member),
      failure: (member, version) => members.failure(member, version),
      stop: async (member, stopping) => await members.stop(member, stopping),
      start: async (member, version) => await members.start(member, version),
    },
    settled: async (step, phase) => await faults.settled(step, phase),
    activate: async (flag, epoch) => {
      const topic = description.activate?.topic;
      if (topic !== undefined) await writeFlag({ kafka, topic, flag, state: "active", epoch });
    },
    signal,
    hostFactor,
  });
  // The roll's own phases are told by its first step and by finalise.
  using _ = recorder.subscribe((event) => {
    if (event.kind === "upgrade-step-began" && event.step === 0) recorder.record({ kind: "run-phase", phase: "roll" });
    if (event.kind === "upgrade-finalise-began") recorder.record({ kind: "run-phase", phase: "finalise" });
  });
  recorder.record({ kind: "run-phase", phase: "load" });
  workload.start();
  return await upgrade;
}

/** The end of all faults. The trickle goes on meanwhile: a point that is still armed needs records to be reached. */
async function heal(
  { recorder, hostFactor }: ExecuteOptions,
  { faults }: Standing,
  { outcome }: { readonly outcome: "done" | "stopped" },
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
