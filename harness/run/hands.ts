import { writeFlag } from "../admin/flag.ts";
import type { Armed } from "./arm.ts";
import type { StandingCluster } from "./boot.ts";
import type { StandingPipeline } from "./bring-up.ts";
import type { Hands } from "./coordinator/answers.ts";
import type { ExecuteOptions } from "./execute-options.ts";

export function handsOf(
  { description }: ExecuteOptions,
  { environment, kafka, members, faults }: StandingCluster & StandingPipeline & Pick<Armed, "faults">,
): Hands {
  return {
    members: {
      ids: environment.memberSlots,
      async look(member) {
        const process = members.latest(member);
        const { version, incarnation } = process;
        return { version, incarnation, state: await process.state(), failure: members.failure(member) };
      },
      stop: async (member, signal) => await members.stop(member, signal),
      start: async (member, version) => void (await members.start(member, version)),
    },
    activate: async (flag, epoch) => {
      const topic = description.activate?.topic;
      if (topic !== undefined) await writeFlag({ kafka, topic, flag, state: "active", epoch });
    },
    faults,
  };
}
