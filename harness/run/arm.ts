import { join } from "node:path";
import { startFaults, type Faults } from "../faults/scheduler.ts";
import { startWorkload, type Workload } from "../workload/send.ts";
import type { StandingCluster } from "./boot.ts";
import type { StandingPipeline } from "./bring-up.ts";
import { Coordinator } from "./coordinator/coordinator.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { armPoint, releasePoints } from "./points.ts";
import { createRoles } from "./roles.ts";

/** What will be done to the pipeline, ready and waiting for the first send. */
export interface Armed {
  readonly coordinator: Coordinator;
  readonly faults: Faults;
  readonly workload: Workload;
}

const releaseTimeoutMs = 3_000;
/** Before the host factor: of one a second. */
const pingsMissedMax = 20;

/** Makes coordinator, faults and workload of a plan ready. They are ended with `scope`: before the members, faults healed. */
export async function arm(
  options: ExecuteOptions,
  { environment, brokers, kafka }: StandingCluster,
  { collecting, members, ownership }: StandingPipeline,
  scope: AsyncDisposableStack,
): Promise<Armed> {
  const { plan, description, layout, recorder, signal, hostFactor } = options;
  const { record, subscribe } = recorder;
  const coordinator = scope.use(
    new Coordinator({
      log: join(layout.journals, "coordinator.log"),
      recorder,
      signal,
      pingsMissedMax: Math.ceil(pingsMissedMax * hostFactor),
    }),
  );
  const roles = scope.use(
    createRoles({ environment, members, brokers, ownership, kafka, coordinator, plan, speaks: description.speaks }),
  );
  const faults = scope.use(
    await startFaults({
      plan,
      record,
      subscribe,
      resolve: roles.resolve,
      points: {
        arm: async (member, point) => await armPoint(members.latest(member), point, signal),
        release: async (member) => await releasePoints(members.latest(member), AbortSignal.timeout(releaseTimeoutMs)),
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
  return { coordinator, faults, workload };
}
