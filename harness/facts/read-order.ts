import type { EvidenceBatch, LogRef } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";

/**
 * Order between logs, as far as reading them proves it: how far each source, each sink and the offsets log was readable by the tail's answers. The
 * tail asks a partition for more only after it has recorded the answer before, so of two answers that were recorded after some
 * moment, the second one was given after it. Where a broker was injured or ended, or the partition has another leader, nothing is
 * proven: a new leader may show less than the old one had.
 */
export interface ReadOrder {
  /** By `topic-partition`. */
  readonly logs: ReadonlyMap<string, Map<number, Answers>>;
  isDoubted: boolean;
}

interface Answers {
  readonly leaderEpoch: number;
  isDoubted: boolean;
  /** Where an answer's high watermark differs from that of the one before: its first frame, and the watermark. */
  readonly seqs: number[];
  readonly marks: number[];
}

export function beginReadOrder({ stages }: PipelineDescription): ReadOrder {
  const topics = ["__consumer_offsets", ...stages.flatMap(({ sources, sinks }) => [...sources, ...sinks])];
  return { logs: new Map(topics.map((topic) => [topic, new Map()])), isDoubted: false };
}

export function stepReadOrder(order: ReadOrder, batch: EvidenceBatch): void {
  if (batch.kind === "log") {
    const own = order.logs.get(batch.batch.topic);
    if (own !== undefined) learnAnswer(own, batch.batch);
    return;
  }
  if (batch.kind !== "event") return;
  const { event } = batch;
  if (event.kind === "process-ended" && event.process.startsWith("broker-")) order.isDoubted = true;
  if (event.kind === "fault-journalled" && event.targets.some((target) => target.startsWith("broker-")))
    order.isDoubted = true;
}

/** Whether the record was surely not readable yet when what has this `seq` was. */
export function cameAfter(order: ReadOrder, { topic, partition, offset }: LogRef, seq: number): boolean {
  const answers = order.logs.get(topic)?.get(partition);
  if (answers === undefined || answers.isDoubted || order.isDoubted) return false;
  const second = answers.marks[firstAfter(answers.seqs, seq) + 1];
  return second !== undefined && second <= offset;
}

function learnAnswer(logs: Map<number, Answers>, { partition, leaderEpoch, highWatermark, seq }: LogBatch): void {
  const known = logs.get(partition) ?? { leaderEpoch, isDoubted: false, seqs: [], marks: [] };
  logs.set(partition, known);
  const last = known.marks.at(-1) ?? -1;
  if (known.leaderEpoch !== leaderEpoch || highWatermark < last) known.isDoubted = true;
  if (highWatermark <= last) return;
  known.seqs.push(seq);
  known.marks.push(highWatermark);
}

/** Index of the first number above `bound` in an ascending list; its length: there is none. */
function firstAfter(ascending: readonly number[], bound: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] ?? 0) > bound) to = middle;
    else from = middle + 1;
  }
  return from;
}
