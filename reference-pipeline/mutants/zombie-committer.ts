import { positionRecord } from "../core/changelog.ts";
import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const zombieCommitter: Mutant = {
  id: "M15",
  name: "zombie-committer",
  models: "iceberg#17551, an owner that lost its task commits the offsets that it remembers, and nothing fences it.",
  change: "`transactional.id` is unique per start; on leaving a task its position is committed once more.",
  needs: "the old owner paused between two transactions until another owns the task, then resumed.",
  flaggedBy: ["OF1", "FE1"],
  strategy: {
    ...correct,
    identity: "start",
    acceptsPosition: () => true,
    onClose: function* ({ next, commit, context: { topics, partition, writer } }) {
      if (commit === 0) return;
      yield* perform({ kind: "begin" });
      const records = [positionRecord({ next, commit }, `${writer}/1`)];
      yield* perform({ kind: "send", topic: topics.changelog, partition, records });
      yield* perform({ kind: "send-offsets", nextOffset: next });
      yield* perform({ kind: "commit" });
    },
  },
};
