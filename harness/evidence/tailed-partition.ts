import type { RecordsBatch } from "@platformatic/kafka";
import type { RecordEvent } from "../model/event.ts";
import type { RecordFrame } from "../model/log.ts";
import { frameOf } from "./frame-of.ts";
import { keepFrame, type KeptFrames } from "./kept-frames.ts";

/** One partition under the tail: where it stands and what was last heard of it. */
export interface TailedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  /** Not compacted: a jump in its offsets is lost evidence. In a compacted one the broker may have removed the records. */
  readonly dense: boolean;
  leader: number;
  leaderEpoch: number;
  /** The log's first offset, as the last answer said. */
  logStart: number;
  /** Next offset to fetch: our own, nobody's group. */
  position: number;
  /** Why it cannot be read any further; null while it can. */
  failed: string | null;
  /** What was read last, for a second read when it has another leader. */
  readonly kept: KeptFrames;
}

export interface Recording {
  readonly record: RecordEvent;
  readonly recordFrame: RecordFrame;
}

/** Records an answer's batches and moves on past them, also past empty ones. */
export function takeBatches(
  into: TailedPartition,
  answer: {
    readonly records: readonly RecordsBatch[];
    readonly highWatermark: bigint;
    readonly lastStableOffset: bigint;
    readonly logStartOffset: bigint;
  },
  { record, recordFrame }: Recording,
): void {
  const { topic, partition } = into;
  learnLogStart(into, Number(answer.logStartOffset), record);
  const [highWatermark, lastStableOffset] = [Number(answer.highWatermark), Number(answer.lastStableOffset)];
  for (const batch of answer.records) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta;
    if (last < into.position) continue;
    const frame = frameOf(batch, { topic, partition, position: into.position, highWatermark, lastStableOffset });
    if (typeof frame === "string") return fail(into, frame, record);
    if (into.dense) recordJumps(into, frame.offsets, last, record);
    else if (frame.baseOffset > into.position)
      record({ kind: "tail-compacted", topic, partition, from: into.position, to: frame.baseOffset });
    recordFrame(frame);
    keepFrame(into.kept, frame);
    into.position = last + 1;
  }
}

/** The partition cannot be read past its position: said once, and left. */
export function fail(into: TailedPartition, why: string, record: RecordEvent): void {
  into.failed = why;
  record({ kind: "tail-failed", topic: into.topic, partition: into.partition, why: `at ${into.position}: ${why}` });
}

/** Records below `first` are gone from the log: a gap in any kind of topic. */
export function skipTo(into: TailedPartition, first: number, record: RecordEvent): void {
  const { topic, partition, position } = into;
  learnLogStart(into, first, record);
  record({ kind: "tail-gap", topic, partition, from: position, to: first });
  into.position = first;
}

/** Retention or somebody's request deletes from the beginning of a log on. A new leader may know of less: that is no news. */
function learnLogStart(into: TailedPartition, to: number, record: RecordEvent): void {
  const { topic, partition, logStart: from } = into;
  if (to <= from) return;
  into.logStart = to;
  record({ kind: "log-start-moved", topic, partition, from, to });
}

function recordJumps(into: TailedPartition, offsets: Float64Array, last: number, record: RecordEvent): void {
  const { topic, partition } = into;
  let expected = into.position;
  const jump = (to: number): void => {
    if (to > expected) record({ kind: "tail-gap", topic, partition, from: expected, to });
    expected = to + 1;
  };
  for (const at of offsets) jump(at);
  jump(last + 1);
}
