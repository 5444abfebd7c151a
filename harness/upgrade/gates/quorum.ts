import type { Gate } from "./gate.ts";
import { unavailability } from "./available.ts";
import type { GateView } from "./view.ts";

/**
 * On the way back a broken member must not keep the others, or itself, from being taken down. One that a fault has ended is on its way
 * up again by itself.
 */
export const quorum: Gate = {
  name: "quorum",
  says: "as many of the other members are up and ready as upgrade.min-available asks for, and no fault is active on the members",
  read(view, { act, members }) {
    const bound = act.kind === "await" ? (act.leaves ?? 0) : 0;
    const others = members.filter((member) => !act.members.includes(member));
    const lacking = others.map((member) => unavailability(view, member)).filter((one) => one !== null);
    const value = others.length - lacking.length;
    const missing = value >= bound ? injuryOf(view, act.members) : (lacking[0] ?? "there are no other members");
    return { value, bound, missing };
  },
};

function injuryOf({ injuries }: GateView, members: readonly string[]): string | null {
  for (const [fault, targets] of injuries) {
    const member = members.find((one) => targets.includes(one));
    if (member !== undefined) return `${fault} on ${member} is not healed`;
  }
  return null;
}
