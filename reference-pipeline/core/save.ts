import { encodeCheckpoint, type Label } from "./checkpoint.ts";
import { perform, type Job } from "./effects.ts";
import { encodeState } from "./entries.ts";
import type { OpenTask } from "./task.ts";

export function labelOf({ version, next, changelogNext, commit }: OpenTask): Label {
  return { schema: version.schema, inputNext: next, changelogNext, commit };
}

/** Writes the task's state as checkpoint `commit`, and deletes all but the newest few of those before it. */
export function* takeCheckpoint(task: OpenTask): Job<void> {
  const n = task.commit;
  const entries = encodeState(task.version, task.state);
  yield* task.context.strategy.writeCheckpoint(n, encodeCheckpoint({ ...labelOf(task), entries }));
  task.checkpoint = n;
  task.commitsSinceCheckpoint = 0;
  const { inputNext, changelogNext } = labelOf(task);
  yield* perform({ kind: "testify", said: "checkpointed", body: { n, inputNext, changelogNext } });
  yield* perform({ kind: "point", point: "after-checkpoint" });
  const older = (yield* perform({ kind: "checkpoint-list" })).filter((one) => one < n);
  for (const one of older.slice(0, Math.max(0, older.length - (task.context.keepCheckpoints - 1))))
    yield* perform({ kind: "checkpoint-delete", n: one });
}
