import type { OffsetCommit, Records } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { Names } from "./codec/provenance.ts";

/** A data batch and what has been made of it, once. */
export interface Chunk {
  readonly batch: LogBatch;
  readonly records: Records;
  /** Offset commits in it; only on the offsets topic. */
  readonly commits: readonly OffsetCommit[];
}

/** The batch's records with their provenance; columns and bytes are shared, not copied. */
export function recordsOf(batch: LogBatch, names: Names): Records {
  const { topic, partition, count, offsets, keyAt, valueAt, bytes } = batch;
  const { causeTopics, writers } = names;
  return { topic, partition, count, offsets, keyAt, valueAt, bytes, ...names.parse(batch), causeTopics, writers };
}

/** Several batches of one partition as one. */
export function joined(all: readonly Records[], empty: Records): Records {
  const [first] = all;
  if (first === undefined) return empty;
  if (all.length === 1) return first;
  const bytes = new Uint8Array(all.reduce((sum, one) => sum + one.bytes.length, 0));
  const bases: number[] = [];
  let base = 0;
  for (const one of all) {
    bytes.set(one.bytes, base);
    bases.push(base);
    base += one.bytes.length;
  }
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const cuts = (of: (one: Records) => Int32Array): Int32Array => {
    const moved = new Int32Array(2 * count);
    let at = 0;
    for (const [k, one] of all.entries()) {
      const by = bases[k] ?? 0;
      const from = of(one);
      for (let i = 0; i < from.length; i += 2) {
        const end = from[i + 1] ?? -1;
        moved[at++] = end < 0 ? 0 : (from[i] ?? 0) + by;
        moved[at++] = end < 0 ? -1 : end + by;
      }
    }
    return moved;
  };
  const wide = (of: (one: Records) => Float64Array): Float64Array => laid(new Float64Array(count), all.map(of));
  const narrow = (of: (one: Records) => Int32Array): Int32Array => laid(new Int32Array(count), all.map(of));
  return {
    ...first,
    count,
    bytes,
    offsets: wide((one) => one.offsets),
    keyAt: cuts((one) => one.keyAt),
    valueAt: cuts((one) => one.valueAt),
    causeTopic: narrow((one) => one.causeTopic),
    causePartition: narrow((one) => one.causePartition),
    causeOffset: wide((one) => one.causeOffset),
    ordinal: narrow((one) => one.ordinal),
    writer: narrow((one) => one.writer),
  };
}

function laid<T extends Float64Array | Int32Array>(into: T, all: readonly T[]): T {
  let at = 0;
  for (const one of all) {
    into.set(one, at);
    at += one.length;
  }
  return into;
}

export function noRecords(topic: string, partition: number, names: Names): Records {
  return {
    topic,
    partition,
    count: 0,
    offsets: new Float64Array(0),
    keyAt: new Int32Array(0),
    valueAt: new Int32Array(0),
    bytes: new Uint8Array(0),
    causeTopic: new Int32Array(0),
    causeTopics: names.causeTopics,
    causePartition: new Int32Array(0),
    causeOffset: new Float64Array(0),
    ordinal: new Int32Array(0),
    writer: new Int32Array(0),
    writers: names.writers,
  };
}
