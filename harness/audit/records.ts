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
  const { topic, partition, count, offsets, timestamps, keyAt, valueAt, headersAt, bytes } = batch;
  const { causeTopics, writers } = names;
  return {
    topic,
    partition,
    count,
    offsets,
    timestamps,
    keyAt,
    valueAt,
    headersAt,
    bytes,
    ...names.parse(batch),
    causeTopics,
    twins: null,
    writers,
  };
}

/** Several batches of one partition as one. */
export function joined(all: readonly Records[], empty: () => Records): Records {
  const [first] = all;
  if (first === undefined) return empty();
  if (all.length === 1) return first;
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const wide = (of: (one: Records) => Float64Array): Float64Array => laid(new Float64Array(count), all.map(of));
  const narrow = (of: (one: Records) => Int32Array): Int32Array => laid(new Int32Array(count), all.map(of));
  return {
    ...first,
    count,
    ...contentsOf(all, count),
    offsets: wide((one) => one.offsets),
    timestamps: wide((one) => one.timestamps),
    causeTopic: narrow((one) => one.causeTopic),
    causePartition: narrow((one) => one.causePartition),
    causeOffset: wide((one) => one.causeOffset),
    ordinal: narrow((one) => one.ordinal),
    writer: narrow((one) => one.writer),
  };
}

const cutNames = ["keyAt", "valueAt", "headersAt"] as const;
type Contents = Pick<Records, (typeof cutNames)[number] | "bytes">;

/** Where all of them are of one block, its bytes are shared; else the contents are copied, and nothing that lies between them. */
function contentsOf(all: readonly Records[], count: number): Contents {
  const [first] = all;
  const laidCuts = (name: (typeof cutNames)[number]): Int32Array =>
    laid(
      new Int32Array(2 * count),
      all.map((one) => one[name]),
    );
  const cuts = { keyAt: laidCuts("keyAt"), valueAt: laidCuts("valueAt"), headersAt: laidCuts("headersAt") };
  if (first !== undefined && all.every(({ bytes }) => bytes === first.bytes)) return { ...cuts, bytes: first.bytes };
  const bytes = new Uint8Array(cutNames.reduce((sum, name) => sum + lengthOf(cuts[name]), 0));
  let filled = 0;
  let at = 0;
  for (const one of all) {
    for (let i = 2 * at; i < 2 * (at + one.count); i += 2)
      for (const name of cutNames) {
        const own = cuts[name];
        const [from, end] = [own[i] ?? 0, own[i + 1] ?? -1];
        if (end < 0) continue;
        bytes.set(one.bytes.subarray(from, end), filled);
        own[i] = filled;
        own[i + 1] = filled += end - from;
      }
    at += one.count;
  }
  return { ...cuts, bytes };
}

function lengthOf(cuts: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < cuts.length; i += 2) sum += Math.max(0, (cuts[i + 1] ?? -1) - (cuts[i] ?? 0));
  return sum;
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
    timestamps: new Float64Array(0),
    keyAt: new Int32Array(0),
    valueAt: new Int32Array(0),
    headersAt: new Int32Array(0),
    bytes: new Uint8Array(0),
    causeTopic: new Int32Array(0),
    causeTopics: names.causeTopics,
    causePartition: new Int32Array(0),
    causeOffset: new Float64Array(0),
    ordinal: new Int32Array(0),
    twins: null,
    writer: new Int32Array(0),
    writers: names.writers,
  };
}
