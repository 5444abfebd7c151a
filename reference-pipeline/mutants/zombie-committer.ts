/**
 * M15 zombie-committer.
 * Models: iceberg#17551, an owner that lost its task commits the offsets that it remembers, and nothing fences it.
 * Change: `transactional.id` is unique per start; on leaving a task its position is committed once more.
 * Needs: the old owner paused between two transactions until another owns the task, then resumed.
 * Flagged by: OF1, FE1(b).
 */
import { positionRecord } from "../core/changelog.ts";
import { perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const zombieCommitter: Strategy = {
  ...correct,
  transactionalId: (base, unique) => `${base}-${unique}`,
  acceptsPosition: () => true,
  onClose: function* ({ next, commit, context: { topics, partition, writer } }) {
    if (commit === 0) return;
    yield* perform({ kind: "begin" });
    const records = [positionRecord({ next, commit }, `${writer}/1`)];
    yield* perform({ kind: "send", topic: topics.changelog, partition, records });
    yield* perform({ kind: "send-offsets", nextOffset: next });
    yield* perform({ kind: "commit" });
  },
};
