import type { DiskSeen } from "../evidence/disk-gauge.ts";
import { beginRollCall } from "../audit/roll-call.ts";
import type { StandingCluster } from "./boot.ts";
import { startCollecting, type Collecting } from "./collecting.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { Members } from "../members/members.ts";
import { tasksOf } from "../model/tasks.ts";
import { launchOf } from "./launch.ts";
import { beginOwnership, type Ownership } from "./ownership.ts";
import { startSloEvidence } from "./slo-evidence.ts";
import { untilReady } from "./until-ready.ts";

/** The pipeline at its first version: every member ready, every task owned, all evidence on its way into the history. */
export interface StandingPipeline {
  readonly collecting: Collecting;
  readonly members: Members;
  readonly ownership: Ownership;
}

/**
 * Brings the members up on a cluster. What it starts is ended with `scope`: the members first, so that the final read
 * of the logs, at the end of collecting, sees all they wrote.
 */
export async function bringUp(
  options: ExecuteOptions,
  { environment, kafka }: StandingCluster,
  scope: AsyncDisposableStack,
): Promise<StandingPipeline> {
  const { plan, description, layout, recorder, signal } = options;
  const { from } = plan.scenario;
  const { checkpoint } = description;
  const disks = (): readonly DiskSeen[] => [
    { of: "run", path: layout.directory },
    ...environment.brokers.flatMap((of) => {
      const path = environment.broker(of).dataDirectory;
      return path === null ? [] : [{ of, path }];
    }),
  ];
  scope.use(startSloEvidence(options, { bootstrap: environment.directBootstrap, disks }));
  const collecting = scope.use(await startCollecting({ ...options, environment, kafka }));
  const members = scope.use(
    new Members({
      environment,
      layout,
      record: recorder.record,
      signal,
      launch: (version) => launchOf({ ...options, version }),
      sha256: (version) => options.info.versions.pipeline[version] ?? "",
      speaks: description.speaks,
      isCheckpoint: checkpoint && ((name) => checkpoint(name) !== null),
      line: collecting.line,
      dropped: collecting.dropped,
    }),
  );
  collecting.watchHealth(() => members.all());
  const tasks = tasksOf(description, description.topics(plan.scenario.workload.partitions));
  const ownership = beginOwnership(tasks);
  scope.use(recorder.subscribe((event) => ownership.step(event)));
  const rollCall = beginRollCall();
  scope.use(recorder.subscribeFrames((batch) => rollCall.step(batch)));
  await Promise.all(environment.memberSlots.map((slot) => members.start(slot, from)));
  await untilReady(options, { members, tasks, ownership, rollCall, slots: environment.memberSlots });
  return { collecting, members, ownership };
}
