import type { HistoryEvent } from "../model/event.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { TaskRow } from "./commit-rows.ts";
import { ofTask, perTask, type PerTask, type TaskIndex } from "./tasks.ts";

/** Deletions at the beginning of source logs that reach above the committed offset of a task, as far as it was known by then. */
export interface Deletions {
  readonly index: TaskIndex;
  readonly tasks: PerTask<TaskDeletions>;
}

export interface TaskDeletions {
  /** The highest committed offset that has come so far. */
  committed: number;
  /** Deletions of any records of the source. */
  seen: number;
  readonly above: HistoryEvent<"log-start-moved">[];
}

/** Of a task with more, the first ones are told. */
const aboveMax = 256;

export function beginDeletions(index: TaskIndex): Deletions {
  return { index, tasks: perTask(() => ({ committed: 0, seen: 0, above: [] })) };
}

export function stepDeletions({ index, tasks }: Deletions, batch: EvidenceBatch, arrived: readonly TaskRow[]): void {
  for (const { stage, partition, row } of arrived) {
    const next = row.outcome === "undecided" ? null : (row.commit?.nextOffset ?? null);
    const task = ofTask(tasks, stage, partition);
    if (next !== null && next > task.committed) task.committed = next;
  }
  if (batch.kind !== "event" || batch.event.kind !== "log-start-moved") return;
  const { topic, partition, to } = batch.event;
  for (const [stage, { source }] of index.stages.entries()) {
    if (source !== topic) continue;
    const task = ofTask(tasks, stage, partition);
    task.seen += 1;
    if (to > task.committed && task.above.length < aboveMax) task.above.push(batch.event);
  }
}
