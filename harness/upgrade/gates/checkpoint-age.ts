import type { Gate } from "./gate.ts";

/** A checkpoint that covers all that was committed has no age: there is nothing newer to write. */
export const checkpointAge: Gate = {
  name: "checkpoint-age",
  says: "every task has written a checkpoint within upgrade.slo.checkpoint-age, or nothing is newer than its last",
  read({ levels }, { slo, tasks }) {
    const bound = slo["checkpoint-age"] ?? 0;
    let worst = { task: "", ageMs: 0 };
    for (const { stage, partition } of tasks) {
      const task = `${stage}-${partition}`;
      const known = levels.checkpoints.get(task);
      if (known === undefined) return { value: null, bound, missing: `nobody has told of checkpoints of ${task}` };
      const isCurrent = known.next >= (levels.lags.get(task)?.committedNext ?? 0);
      const ageMs = isCurrent ? 0 : Math.round((levels.now - known.since) / 1e6);
      if (ageMs > worst.ageMs) worst = { task, ageMs };
    }
    const missing =
      worst.ageMs <= bound ? null : `the checkpoint of ${worst.task} is ${worst.ageMs} ms old, above ${bound} ms`;
    return { value: worst.ageMs, bound, missing };
  },
};
