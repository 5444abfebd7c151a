import { until } from "../base/deadline.ts";
import type { StandingCluster } from "./boot.ts";
import { startCollecting, type Collecting } from "./collecting.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { Members } from "../members/members.ts";
import { launchOf } from "./launch.ts";
import { startOwnership, type Ownership } from "./ownership.ts";

/** The pipeline at its first version: every member ready, every task owned, all evidence on its way into the history. */
export interface StandingPipeline {
  readonly collecting: Collecting;
  readonly members: Members;
  readonly ownership: Ownership;
}

/** Before the host factor. */
const membersReadyMs = 40_000;

/**
 * Brings the members up on a cluster. What it starts is ended with `scope`: the members first, so that the final read
 * of the logs, at the end of collecting, sees all they wrote.
 */
export async function bringUp(
  options: ExecuteOptions,
  { environment, kafka }: StandingCluster,
  scope: AsyncDisposableStack,
): Promise<StandingPipeline> {
  const { plan, description, layout, recorder, signal, hostFactor } = options;
  const { from, workload } = plan.scenario;
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
  await Promise.all(environment.memberSlots.map((slot) => members.start(slot, from)));
  await until(
    {
      what: "every member to be ready and every task to be owned",
      timeoutMs: membersReadyMs * hostFactor,
      signal,
      remedy: "Read members/*/*/log in the run directory.",
    },
    () => {
      const broken = members.broken();
      if (broken !== null) throw broken;
      return ownership.settled(environment.memberSlots, workload.partitions) ? true : undefined;
    },
  );
  return { collecting, members, ownership };
}
