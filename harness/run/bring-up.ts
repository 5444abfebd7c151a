import { isMistaken } from "../audit/roll-call-words.ts";
import { startRollCall, type RollCall } from "../audit/roll-call.ts";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import type { MemberId } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import type { StandingCluster } from "./boot.ts";
import { startCollecting, type Collecting } from "./collecting.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { Members } from "../members/members.ts";
import { launchOf } from "./launch.ts";
import { startOwnership, type Ownership } from "./ownership.ts";
import { startFailure, startRemedy } from "./start-failure.ts";

/** The pipeline at its first version: every member ready, every task owned, all evidence on its way into the history. */
export interface StandingPipeline {
  readonly collecting: Collecting;
  readonly members: Members;
  readonly ownership: Ownership;
}

/** Before the host factor. */
const membersReadyMs = 40_000;
/** So long a group may be full of clients that are no members before waiting is given up. Before the host factor, too. */
const mistakenMs = 5_000;

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
  const collecting = scope.use(await startCollecting({ ...options, environment, kafka }));
  const members = scope.use(
    new Members({
      environment,
      layout,
      record: recorder.record,
      signal,
      launch: (version) => launchOf({ ...options, version }),
      sha256: (version) => options.digests[version] ?? "",
      speaks: description.speaks,
      isCheckpoint: checkpoint && ((name) => checkpoint(name) !== null),
      line: collecting.line,
      dropped: collecting.dropped,
    }),
  );
  collecting.watchHealth(() => members.all());
  const ownership = startOwnership(description);
  scope.use(recorder.subscribe((event) => ownership.step(event)));
  const rollCall = startRollCall();
  scope.use(recorder.subscribeFrames((batch) => rollCall.step(batch)));
  await Promise.all(environment.memberSlots.map((slot) => members.start(slot, from)));
  await untilReady(options, { members, ownership, rollCall, slots: environment.memberSlots });
  return { collecting, members, ownership };
}

interface Starting {
  readonly members: Members;
  readonly ownership: Ownership;
  readonly rollCall: RollCall;
  readonly slots: readonly MemberId[];
}

/**
 * Waits until every member is ready and every task is owned. Throws `member-failed` with what is missing: at once where a
 * member has ended again and again, or where the groups are full of others.
 */
async function untilReady(
  { plan, description, signal, hostFactor }: ExecuteOptions,
  { members, ownership, rollCall, slots }: Starting,
): Promise<void> {
  const { partitions } = plan.scenario.workload;
  const { groups } = rollCall;
  const what = "every member to be ready and every task to be owned";
  const latest = (member: string): Process => members.latest(member);
  let mistakenSince: number | null = null;
  try {
    await until({ what, timeoutMs: membersReadyMs * hostFactor, signal, remedy: startRemedy }, async () => {
      const broken = members.broken();
      if (broken !== null) throw broken;
      if (ownership.settled(slots, partitions)) return true;
      const mistaken =
        !description.speaks && isMistaken({ stages: description.stages, partitions, members: slots }, groups);
      mistakenSince = mistaken ? (mistakenSince ?? performance.now()) : null;
      if (mistakenSince !== null && performance.now() - mistakenSince > mistakenMs * hostFactor)
        throw await startFailure({ description, slots, partitions, latest, ownership, groups });
      return undefined;
    });
  } catch (cause) {
    if (!(cause instanceof RollproofError) || cause.code !== "deadline-passed") throw cause;
    throw await startFailure({ description, slots, partitions, latest, ownership, groups });
  }
}
