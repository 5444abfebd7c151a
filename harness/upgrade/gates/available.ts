import { ofMembers, type Gate } from "./gate.ts";
import type { GateView } from "./view.ts";

/** Nobody is taken down while another member is missing: a quorum counts on those that are there. */
export const available: Gate = {
  name: "available",
  says: "every member is up and ready",
  read: (view, { members }) => ofMembers(members, (member) => unavailability(view, member)),
};

/** Why nobody can count on the member now; null: it is up and ready. */
export function unavailability(view: GateView, member: string): string | null {
  const known = view.members.get(member);
  if (known === undefined || !known.running) return `${member} is down`;
  if (known.health === null) return `${member} has not told its health`;
  if ([...view.pauses.values()].some((members) => members.includes(member))) return `${member} is paused`;
  return known.health.ready ? null : `${member} is not ready`;
}
