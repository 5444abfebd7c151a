import { perform } from "../core/effects.ts";
import { stateRecords } from "../core/transaction.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const zombieChangelog: Mutant = {
  id: "M10",
  name: "zombie-changelog",
  models: "KAFKA-12693, a changelog written outside transactions, by an owner that does not know it was replaced.",
  change:
    "the changelog is written by a plain producer, and an owner that leaves a task writes all its state once more.",
  needs: "the old owner paused between two transactions until another owns the task, then resumed.",
  flaggedBy: ["ST2", "ST1"],
  strategy: {
    ...correct,
    acceptsPosition: () => true,
    sendChangelog: (topic, partition, records) => perform({ kind: "send-plainly", topic, partition, records }),
    onClose: function* (task) {
      const { context, state, version, next } = task;
      const cause = { offset: next - 1, key: null, value: null };
      const all = [...state].map(
        ([key, one]) => [key, { state: one, bytes: version.encode(key, one), cause }] as const,
      );
      const records = stateRecords(task, new Map(all), `${context.writer}/1`);
      yield* perform({ kind: "send-plainly", topic: context.topics.changelog, partition: context.partition, records });
    },
  },
};
