import type { Activate, FaultBarrier, UpgradeMembers } from "../../upgrade/world.ts";
import type { UpgradeEntry } from "../../upgrade/state.ts";
import type { Answer, Demand } from "./protocol.ts";

/** What the coordinator has its acts carried out by. */
export interface Hands {
  readonly members: UpgradeMembers;
  readonly activate: Activate;
  readonly faults: FaultBarrier & {
    /** Of faults triggered by a record of the journal. */
    journalled(record: { readonly entry: UpgradeEntry["kind"]; readonly act: string | null }): Promise<void>;
  };
}

/** Does what is demanded, besides the reports of the journal. The signal ends the wait for it. */
export async function answerTo(
  demand: Exclude<Demand, { kind: "opened" | "journalled" }>,
  { members, activate, faults }: Hands,
  signal: AbortSignal,
): Promise<Answer> {
  switch (demand.kind) {
    case "look":
      return { kind: "looked", look: await members.look(demand.member) };
    case "stop":
      return { kind: "stopped", end: await members.stop(demand.member, signal) };
    case "start":
      await members.start(demand.member, demand.version, signal);
      return { kind: "done" };
    case "activate":
      await activate(demand.flag, demand.epoch, signal);
      return { kind: "done" };
    case "faults":
      await faults.settled(demand.act);
      return { kind: "done" };
    default:
      return demand satisfies never;
  }
}
