import { ofMembers, type Gate } from "./gate.ts";
import type { GateView } from "./view.ts";

export const running: Gate = {
  name: "running",
  says: "the members run the version, are ready, and every task of theirs is running",
  read: (view, { act }) =>
    ofMembers(act.members, (member) => missingHealth(view, member, "version" in act ? act.version : null)),
};

/** Why the member does not run the version (null: any) with all its tasks; null: it does. */
export function missingHealth(view: GateView, member: string, version: string | null): string | null {
  const known = view.members.get(member);
  if (known === undefined || !known.running) return `${member} is down`;
  const { health } = known;
  if (health === null) return `${member} has not told its health`;
  if (version !== null && health.version !== version) return `${member} runs ${health.version}, not ${version}`;
  const slow = health.tasks.find((task) => task.state !== "running");
  if (slow !== undefined) return `${member}'s task ${slow.stage}-${slow.partition} is ${slow.state}`;
  return health.ready ? null : `${member} is not ready`;
}
