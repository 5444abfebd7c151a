import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const rollbackResetsOffsets: Mutant = {
  id: "M47",
  name: "rollback-resets-offsets",
  models:
    "a rollback by Kafka Streams' application reset tool, or by a runbook that resets the group to the earliest offset.",
  change: "v1 that is to restore what v2 wrote drops it, commits offset 0 for the task, and reads its source anew.",
  needs: "a roll from v1 to v2 that is rolled back, with a task that v2 had.",
  flaggedBy: ["UP3", "OF1", "EO1"],
  strategy: {
    ...correct,
    restoredEntries: function* (entries, { version }) {
      if (version.name !== "v1" || ![...entries.values()].some((bytes) => bytes[0] === 2)) return entries;
      yield* perform({ kind: "commit-offsets-plainly", nextOffset: 0 });
      return new Map();
    },
    startAt: function* (next) {
      return (yield* perform({ kind: "committed-offset" })) ?? next;
    },
  },
};
