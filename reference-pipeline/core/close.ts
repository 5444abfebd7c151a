import { encodeClean } from "./checkpoint.ts";
import { perform, type Job } from "./effects.ts";
import { encodeState } from "./entries.ts";
import { labelOf, takeCheckpoint } from "./save.ts";
import type { OpenTask } from "./task.ts";

/**
 * Leaves a task in good order: an open transaction is aborted, the state checkpointed, CLEAN written. For SIGTERM and for an
 * assignment that took the task away: what is written is labelled with the last commit known to have happened, so it
 * is true even if another member owns the task by now. A lost task writes nothing.
 */
export function* closeTask(task: OpenTask): Job<void> {
  const isLost = task.phase === "lost" || task.phase === "closed";
  if (task.phase === "in-transaction") yield* abandonTransaction(task);
  const { strategy } = task.context;
  yield* isLost ? strategy.onCloseLost(task) : strategy.onClose(task);
  const isSaved = !isLost && task.commit > 0;
  if (isSaved) {
    if (task.checkpoint !== task.commit) yield* takeCheckpoint(task);
    yield* perform({ kind: "clean-write", content: encodeClean(labelOf(task), encodeState(task.version, task.state)) });
  }
  task.phase = "closed";
  const { next, commit } = task;
  yield* perform({ kind: "testify", said: "closed", body: { next, commit, clean: isSaved } });
}

/** No commit was asked for, so whatever the abort is answered, the transaction never happened; the store forgets it too. */
function* abandonTransaction(task: OpenTask): Job<void> {
  yield* perform({ kind: "abort" });
  yield* perform({ kind: "store-replace", entries: encodeState(task.version, task.state) });
  task.phase = "between";
}
