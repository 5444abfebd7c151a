import type { LogBatch } from "../model/log.ts";

/**
 * How far a log is known while the history still grows: below `next` every record was read, from `first` on, and its transaction was
 * decided by a marker that was read.
 */
export interface KnownRange {
  readonly first: number;
  readonly next: number;
}

interface LogSoFar {
  readonly first: number;
  next: number;
  /** Producer id → offset of the first record of its open transaction. */
  readonly open: Map<number, number>;
}

/** By `topic-partition`; bounded by the transactions that are open. */
export type ReadSoFar = Map<string, LogSoFar>;

export function learnRead(read: ReadSoFar, batch: LogBatch): void {
  const { topic, partition, baseOffset, lastOffset, producerId } = batch;
  const place = `${topic}-${partition}`;
  const log = read.get(place) ?? { first: baseOffset, next: baseOffset, open: new Map<number, number>() };
  read.set(place, log);
  log.next = Math.max(log.next, lastOffset + 1);
  if (batch.control) log.open.delete(producerId);
  else if (batch.transactional && !log.open.has(producerId)) log.open.set(producerId, baseOffset);
}

export function knownRange(read: ReadSoFar, place: string): KnownRange | null {
  const log = read.get(place);
  if (log === undefined) return null;
  return { first: log.first, next: log.open.values().reduce((least, offset) => Math.min(least, offset), log.next) };
}
