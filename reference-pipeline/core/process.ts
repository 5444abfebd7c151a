import { perform, type Answer, type Job } from "./effects.ts";
import { takeCheckpoint } from "./save.ts";
import type { SourceInput } from "./stage.ts";
import type { OpenTask, Processed } from "./task.ts";
import { draftTransaction, type Draft } from "./transaction.ts";

/**
 * One transaction over at most `maxPerTransaction` of a batch's records (ascending; those below the task's position are
 * skipped). The driver calls it again with the rest, so that flags switch only between transactions.
 */
export function* processBatch(
  task: OpenTask,
  records: readonly SourceInput[],
  activeFlags: ReadonlySet<string>,
): Job<Processed> {
  const { strategy, maxPerTransaction } = task.context;
  const firstDue = records.findIndex(({ offset }) => offset >= task.next);
  if (firstDue < 0) return { kind: "processed", consumed: records.length, next: task.next };
  const end = Math.min(records.length, firstDue + maxPerTransaction);

  const polled = yield* strategy.onPoll(records.at(-1)?.offset ?? task.next);
  if (polled !== "ok") return yield* lose(task, polled, "poll");
  task.phase = "in-transaction";
  yield* perform({ kind: "begin" });
  const draft = yield* draftTransaction(task, records.slice(firstDue, end), task.version.format(activeFlags));
  const answer = yield* sendAndCommit(task, draft);
  if (answer.kind !== "ok") return yield* lose(task, answer.kind, answer.during);
  return { kind: "processed", consumed: end, next: task.next };
}

interface Outcome {
  readonly kind: Answer;
  /** The effect that was answered so. */
  readonly during: string;
}

function* sendAndCommit(task: OpenTask, draft: Draft): Job<Outcome> {
  const { strategy, topics, partition } = task.context;
  const changelog = yield* strategy.sendChangelog(topics.changelog, partition, draft.changelog);
  if (changelog.answer !== "ok") return { kind: changelog.answer, during: "send" };
  const changelogNext = changelog.baseOffset + draft.changelog.length;
  for (const [to, records] of [...draft.outputs].toSorted(([a], [b]) => a - b)) {
    const sent = yield* perform({ kind: "send", topic: topics.sink, partition: to, records });
    if (sent.answer !== "ok") return { kind: sent.answer, during: "send" };
  }
  yield* perform({ kind: "point", point: "after-send" });
  const offsets = yield* strategy.sendOffsets(draft.next);
  if (offsets !== "ok") return { kind: offsets, during: "send-offsets" };
  if (strategy.checkpointsBeforeCommit) {
    adopt(task, draft, changelogNext);
    yield* checkpointWhenDue(task);
  }
  yield* perform({ kind: "point", point: "before-commit" });

  // While the commit is on its way nobody knows what holds: a driver that leaves here leaves a lost task.
  task.phase = "lost";
  const committed = yield* strategy.commit();
  if (committed !== "ok") return { kind: committed, during: "commit" };
  if (!strategy.checkpointsBeforeCommit) adopt(task, draft, changelogNext);
  task.phase = "between";
  yield* perform({ kind: "testify", said: "committed", body: { next: draft.next, commit: draft.commit } });
  yield* perform({ kind: "point", point: "after-commit" });
  const after = yield* strategy.afterCommit(draft.next);
  if (after !== "ok") return { kind: after, during: "after-commit" };
  if (!strategy.checkpointsBeforeCommit) yield* checkpointWhenDue(task);
  return { kind: "ok", during: "commit" };
}

/** The task's state is now that of the draft. */
function adopt(task: OpenTask, draft: Draft, changelogNext: number): void {
  for (const [key, { state }] of draft.changes) {
    if (state === null) task.state.delete(key);
    else task.state.set(key, state);
  }
  task.next = draft.next;
  task.commit = draft.commit;
  task.changelogNext = changelogNext;
  task.commitsSinceCheckpoint += 1;
}

function* checkpointWhenDue(task: OpenTask): Job<void> {
  if (task.commitsSinceCheckpoint >= task.context.checkpointEvery) yield* takeCheckpoint(task);
}

function* lose(task: OpenTask, answer: Exclude<Answer, "ok">, during: string): Job<Processed> {
  task.phase = "lost";
  yield* perform({ kind: "testify", said: answer, body: { during } });
  return { kind: answer };
}
