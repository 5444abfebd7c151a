import type { EventBody } from "../model/event.ts";
import type { UpgradeJournal } from "./journal.ts";
import { begunActs } from "./state.ts";
import type { UpgradeMembers } from "./world.ts";

/** What a person needs to decide how an upgrade goes on that stopped half-way: who runs what, and how far the journal tells. */
export async function escalation(
  why: string,
  journal: UpgradeJournal,
  members: UpgradeMembers,
): Promise<EventBody<"upgrade-escalated">> {
  const standing = await Promise.all(
    members.ids.map(async (member) => {
      const { version, state } = await members.look(member);
      return state === "running" ? `${member} runs ${version}` : `${member} (${version}) is ${state}`;
    }),
  );
  const act = begunActs(journal.state()).at(-1)?.id ?? null;
  return { kind: "upgrade-escalated", act, why, members: standing, journal: journal.place() };
}
