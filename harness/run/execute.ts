import type { Clock } from "../base/clock.ts";
import { until, within } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { createEnvironment } from "../environment/create.ts";
import { startFaults } from "../faults/scheduler.ts";
import type { Recorder } from "../history/recorder.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { profiles, scaled } from "../model/profile.ts";
import { openUpgradeJournal, programOf } from "../upgrade/journal.ts";
import { runUpgrade } from "../upgrade/rolling.ts";
import { startWorkload } from "../workload/send.ts";
import { watchBrokers } from "./brokers.ts";
import { createTopics, harnessClient, warmUp, writeFlag } from "./cluster.ts";
import { startCollecting, type Collecting } from "./collecting.ts";
import type { RunLayout } from "./layout.ts";
import { Members } from "./members.ts";
import { startOwnership } from "./ownership.ts";
import { armPoint, releasePoints } from "./points.ts";
import { brokerConfigOf } from "./profile-broker-config.ts";
import { createRoles } from "./roles.ts";

export interface ExecuteOptions {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly layout: RunLayout;
  readonly environment: "auto" | "process";
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly runId: string;
  readonly tool: string;
  readonly planSha256: string;
  readonly hostFactor: number;
  /** Version → SHA-256 of its sources. */
  readonly digests: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called once, when the environment stands: Kafka's version and why this kind of environment. */
  readonly standing: (environment: { readonly kafka: string; readonly kind: string }) => Promise<void>;
}

/** Before the host factor. */
const deadlines = { membersReadyMs: 40_000, faultsGraceMs: 8_000, drainMs: 30_000, sendsMs: 60_000 } as const;

/**
 * Carries out a plan and leaves its history: boot, load, roll, finalise, heal, drain, final read. Whatever way it ends, faults
 * are healed, members stopped, the logs read to their end, and nothing is left running. Throws what ended it early.
 */
export async function execute(options: ExecuteOptions): Promise<void> {
  const { plan, description, layout, recorder, signal, hostFactor } = options;
  const { record, subscribe } = recorder;
  const { scenario } = plan;
  const timings = scaled(profiles[scenario.profile], hostFactor);
  const phase = (name: string): void => void record({ kind: "run-phase", phase: name });

  await using scope = new AsyncDisposableStack();
  phase("boot");
  const environment = scope.use(
    await createEnvironment(
      options.environment,
      {
        runDirectory: layout.directory,
        brokers: scenario.brokers,
        memberSlots: scenario.members,
        brokerConfig: brokerConfigOf(timings),
      },
      signal,
    ),
  );
  await options.standing(environment);
  record({
    kind: "run-started",
    runId: options.runId,
    tool: options.tool,
    kafka: environment.kafka,
    environment: environment.kind,
    hostFactor,
    planSha256: options.planSha256,
  });
  const brokers = scope.use(watchBrokers(environment, record));
  const kafka = harnessClient(environment.directBootstrap);
  phase("warm-up");
  await createTopics({ kafka, description, partitions: scenario.workload.partitions, brokers: scenario.brokers });
  await warmUp({ kafka, description, signal });

  const collecting = scope.use(await startCollecting({ ...options, environment }));
  const members = scope.use(
    new Members({
      environment,
      layout,
      record,
      signal,
      launch: (version) => launchOf(options, version),
      sha256: (version) => options.digests[version] ?? "",
      line: collecting.line,
    }),
  );
  collecting.watchHealth(() => members.all());
  const ownership = startOwnership(description);
  scope.use(subscribe(ownership.step));
  await Promise.all(environment.memberSlots.map((slot) => members.start(slot, scenario.from)));
  await until(
    {
      what: "every member to be ready and every task to be owned",
      timeoutMs: deadlines.membersReadyMs * hostFactor,
      signal,
      remedy: "Read members/*/*/log in the run directory.",
    },
    () => (ownership.settled(environment.memberSlots, scenario.workload.partitions) ? true : undefined),
  );

  const journal = scope.use(await openUpgradeJournal(layout.journals, programOf(plan, description)));
  const roles = scope.use(createRoles({ environment, members, brokers, ownership, kafka, journal, plan }));
  const faults = scope.use(
    await startFaults({
      plan,
      record,
      subscribe,
      resolve: roles.resolve,
      points: {
        arm: async (member, point) => await armPoint(members.latest(member), point, signal),
        release: async (member) => await releasePoints(members.latest(member), AbortSignal.timeout(3_000)),
      },
      onCommits: collecting.onCommits,
      journalDirectory: layout.journals,
      signal,
      hostFactor,
    }),
  );
  const workload = scope.use(
    await startWorkload({ plan, description, bootstrap: environment.directBootstrap, record, signal }),
  );
  const upgrade = runUpgrade({
    plan,
    description,
    journal,
    record,
    subscribe,
    members: {
      ids: environment.memberSlots,
      current: (member) => members.latest(member),
      stop: async (member) => await members.stop(member),
      start: async (member, version) => await members.start(member, version),
    },
    settled: async (step, upgradePhase) => await faults.settled(step, upgradePhase),
    activate: async (flag, epoch) => {
      const topic = description.activate?.topic;
      if (topic !== undefined) await writeFlag({ kafka, topic, flag, state: "active", epoch });
    },
    signal,
    hostFactor,
  });
  // The roll's own phases are told by its first step and by finalise.
  scope.use(
    subscribe((event) => {
      if (event.kind === "upgrade-step-began" && event.step === 0) phase("roll");
      if (event.kind === "upgrade-finalise-began") phase("finalise");
    }),
  );
  phase("load");
  workload.start();
  const outcome = await upgrade;
  phase("heal");
  // The trickle goes on meanwhile: a point that is still armed needs records to be reached.
  await faults.allOver(outcome.outcome === "stopped" ? 0 : deadlines.faultsGraceMs * hostFactor);
  record({ kind: "faults-over" });
  phase("drain");
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
  await drain(options, collecting);
}

/** Liveness is demanded: everything healed, nothing sent any more, so that the lag must come to nothing by a deadline. */
async function drain({ recorder, hostFactor, signal }: ExecuteOptions, collecting: Collecting): Promise<void> {
  try {
    await until(
      {
        what: "lag 0 on every task and no open transaction",
        timeoutMs: deadlines.drainMs * hostFactor,
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

function launchOf({ plan, description, hostFactor }: ExecuteOptions, version: string) {
  const launch = description.versions[version];
  if (launch === undefined)
    throw new RollproofError("scenario-invalid", `The pipeline has no version ${version}.`, {
      remedy: `Use one of ${Object.keys(description.versions).join(", ")}.`,
    });
  const timings = scaled(profiles[plan.scenario.profile], hostFactor);
  const config = description.config(timings, plan.scenario.workload.partitions, plan.mutant);
  return { version, argv: launch.argv, env: launch.env, config };
}
