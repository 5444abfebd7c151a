import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const wipeWithoutSeek: Mutant = {
  id: "M05",
  name: "wipe-without-seek",
  models: "KAFKA-10247, a task that was wiped and restored goes on from where its consumer stood.",
  change: "after a restore the task goes on behind the last batch that was fetched, not at the committed offset.",
  needs: "a transaction that fails in the middle of a batch, so that the same owner opens its task again.",
  // Records that are passed over and call for no output show in the state alone.
  flaggedBy: ["OF3", "EO2", "OF2", "CK1", "ST1", "CK4", "EO4"],
  strategy: {
    ...correct,
    startAt: function* (next) {
      return (yield* perform({ kind: "fetch-position" })) ?? next;
    },
  },
};
