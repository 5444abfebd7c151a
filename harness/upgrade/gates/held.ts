import type { Gate } from "./gate.ts";
import { ownership } from "./owners.ts";

/** As `owners`, on the way back: there a member that is down may be the next to go. */
export const held: Gate = {
  name: "held",
  says: "every task is held by exactly one living member, and running there; members may be down",
  read: (view, { members, tasks }) => ownership(view, members, tasks),
};
