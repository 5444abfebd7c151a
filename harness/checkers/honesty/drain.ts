import { commitKey, type EvidenceBatch, type EvidenceEnd } from "../../model/evidence.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import {
  eachTask,
  indexTasks,
  ofTask,
  perTask,
  readerOf,
  taskName,
  type PerTask,
  type TaskIndex,
} from "../../facts/tasks.ts";

/** Whether a `drained` that was recorded is borne out by the logs: no committed source record waits at the end. */
export interface Drain {
  readonly index: TaskIndex;
  readonly tasks: PerTask<{ last: number }>;
  isDrained: boolean;
  end: EvidenceEnd | null;
}

export function beginDrain(description: PipelineDescription): Drain {
  return {
    index: indexTasks(description),
    tasks: perTask(() => ({ last: -1 })),
    isDrained: false,
    end: null,
  };
}

export function learnDrain(drain: Drain, batch: EvidenceBatch): void {
  if (batch.kind === "event" && batch.event.kind === "drained") drain.isDrained = true;
  if (batch.kind === "end") drain.end = batch.end;
  if (batch.kind !== "source") return;
  const stage = readerOf(drain.index, batch);
  const last = batch.records.offsets[batch.records.count - 1];
  if (stage === undefined || last === undefined) return;
  const task = ofTask(drain.tasks, stage, batch.partition);
  task.last = Math.max(task.last, last);
}

export function drainReasons({ index, tasks, isDrained, end }: Drain): readonly string[] {
  if (!isDrained || end === null) return [];
  const waiting: string[] = [];
  eachTask(tasks, ({ last }, stage, partition) => {
    const spec = index.stages[stage];
    if (spec === undefined) return;
    const commit = end.committed.get(commitKey(spec.group, spec.source, partition));
    if (last >= (commit?.nextOffset ?? 0)) waiting.push(taskName(index, stage, partition));
  });
  if (waiting.length === 0) return [];
  return [`The drain ended although committed records wait for ${waiting.join(", ")}: let it wait for lag 0.`];
}
