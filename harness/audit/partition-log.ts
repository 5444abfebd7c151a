import type { PartitionEnd, TopicRole } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { startProducerLog, type ProducerLog } from "./producer-log.ts";
import { startSourceLog, type SourceLog } from "./source-log.ts";

/** What the audit keeps of one partition. */
export interface PartitionLog {
  readonly place: { readonly topic: string; readonly partition: number };
  readonly role: TopicRole;
  readonly producers: Map<number, ProducerLog>;
  readonly source: SourceLog | null;
  producer(id: number): ProducerLog;
  /** Takes note of a batch's place; gives the stretch that is missing before it, if any. */
  advance(batch: LogBatch): { readonly from: number; readonly to: number } | null;
  /** `tail-settled` was recorded. */
  settle(end: { readonly logEnd: number; readonly lastStableOffset: number; readonly position: number }): void;
  end(): PartitionEnd;
}

export function startPartitionLog(
  place: { readonly topic: string; readonly partition: number },
  options: { readonly role: TopicRole; readonly isSource: boolean },
): PartitionLog {
  const producers = new Map<number, ProducerLog>();
  const source = options.isSource ? startSourceLog() : null;
  let first: number | null = null;
  let next = 0;
  let highWatermark = 0;
  let lastStableOffset = 0;
  let settled = false;
  return {
    place,
    role: options.role,
    producers,
    source,
    producer(id) {
      const known = producers.get(id);
      if (known !== undefined) return known;
      const fresh = startProducerLog();
      producers.set(id, fresh);
      return fresh;
    },
    advance(batch) {
      // Before the first batch `next` is 0: a log that begins later lacks its beginning.
      const missing = batch.baseOffset > next ? { from: next, to: batch.baseOffset } : null;
      first ??= batch.baseOffset;
      next = batch.lastOffset + 1;
      highWatermark = batch.highWatermark;
      lastStableOffset = batch.lastStableOffset;
      settled = false;
      return missing;
    },
    settle(end) {
      settled = end.position === end.logEnd;
      highWatermark = end.logEnd;
      lastStableOffset = end.lastStableOffset;
    },
    end: () => ({
      ...place,
      role: options.role,
      firstOffset: first ?? next,
      nextOffset: next,
      highWatermark,
      lastStableOffset,
      settled,
    }),
  };
}
