import type { EvidenceBatch, Records } from "../model/evidence.ts";
import { eachWritten, ofTask, perTask, stagesOfCauses, writerOf, type PerTask, type TaskIndex } from "./tasks.ts";

/** Who wrote the committed records of a task, per log of a changelog or sink, in the order of the log. */
export interface WriterRuns {
  readonly index: TaskIndex;
  readonly topics: ReadonlyMap<string, unknown>;
  /** By task: log → runs of one writer, by their offsets. */
  readonly tasks: PerTask<Map<string, WriterRun[]>>;
  /** Logs of tasks with more runs than are kept. */
  readonly cut: Set<string>;
}

/** From its first record to its last no record of the task by another writer lies between. */
export interface WriterRun {
  /** `member/incarnation`. */
  readonly writer: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly seq: number;
}

/** Runs grow with hand-overs; a history with more of them is not an orderly one. */
const runsMax = 2_000;

export function beginWriterRuns(index: TaskIndex): WriterRuns {
  const topics = new Map([...index.bySink, ...index.byChangelog].map(([topic]) => [topic, true]));
  return { index, topics, tasks: perTask(() => new Map()), cut: new Set() };
}

export function stepWriterRuns(all: WriterRuns, batch: EvidenceBatch): void {
  eachWritten(batch, all.topics, (records, outcome, transaction) => {
    if (outcome !== "committed") return;
    const seq = transaction?.seq ?? 0;
    const changelog = all.index.byChangelog.get(records.topic);
    if (changelog !== undefined) learn(all, { records, seq, taskAt: () => [changelog, records.partition] });
    if (!all.index.bySink.has(records.topic)) return;
    const stages = stagesOfCauses(all.index, records);
    learn(all, {
      records,
      seq,
      // A cause that was chosen among several tells no task.
      taskAt: (i) =>
        (records.twins?.offset[i] ?? -1) >= 0
          ? [-1, -1]
          : [stages[records.causeTopic[i] ?? -1] ?? -1, records.causePartition[i] ?? -1],
    });
  });
}

interface Written {
  readonly records: Records;
  readonly seq: number;
  readonly taskAt: (i: number) => readonly [stage: number, partition: number];
}

/** Neighbours of one task and writer are learned at once. */
function learn(all: WriterRuns, { records, seq, taskAt }: Written): void {
  const { topic, partition, count, offsets, writer } = records;
  let first = 0;
  while (first < count) {
    const [stage, of] = taskAt(first);
    let next = first + 1;
    while (next < count && writer[next] === writer[first]) {
      const [nextStage, nextOf] = taskAt(next);
      if (nextStage !== stage || nextOf !== of) break;
      next += 1;
    }
    const name = writerOf(records, first);
    const run = { topic, partition, from: offsets[first] ?? 0, to: offsets[next - 1] ?? 0, seq };
    if (name !== null && stage >= 0) addRun(all, stage, of, { writer: name, ...run });
    first = next;
  }
}

function addRun(all: WriterRuns, stage: number, partition: number, run: WriterRun): void {
  const log = `${run.topic}-${run.partition}`;
  const task = ofTask(all.tasks, stage, partition);
  const runs = task.get(log) ?? [];
  task.set(log, runs);
  if (runs.length >= runsMax) {
    all.cut.add(log);
    return;
  }
  if (!isInterrupted(runs, run)) insert(runs, run);
  else for (const offset of [run.from, run.to]) insert(runs, { ...run, from: offset, to: offset });
}

/** Another writer's run begins or ends in it. Of two that overlap, the first and the last record of each are kept. */
function isInterrupted(runs: readonly WriterRun[], { writer, from, to }: WriterRun): boolean {
  for (let i = runs.length - 1; i >= 0; i -= 1) {
    const one = runs[i];
    if (one === undefined || one.to < from) return false;
    if (one.writer === writer || one.from > to) continue;
    if (one.from > from || one.to < to) return true;
  }
  return false;
}

function insert(runs: WriterRun[], run: WriterRun): void {
  let at = runs.length;
  while (at > 0 && (runs[at - 1]?.from ?? -1) > run.from) at -= 1;
  runs.splice(at, 0, run);
  // A run that this one lies in is of two parts, and neighbours of one writer are one.
  const before = runs[at - 1];
  if (before !== undefined && before.writer !== run.writer && before.to > run.to)
    runs.splice(at - 1, 2, { ...before, to: before.from }, run, { ...before, from: before.to });
  joinAround(runs, Math.max(at - 1, 0));
}

function joinAround(runs: WriterRun[], at: number): void {
  for (let i = Math.min(at + 2, runs.length - 1); i > Math.max(at - 1, 0); i -= 1) {
    const [left, right] = [runs[i - 1], runs[i]];
    if (left !== undefined && right !== undefined && left.writer === right.writer)
      runs.splice(i - 1, 2, { ...left, to: Math.max(left.to, right.to) });
  }
}
