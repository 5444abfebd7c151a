import { offset, partition, seq } from "../model/brand.ts";
import type { LogBatch } from "../model/log.ts";
import { readBytes, beginBytes } from "./bytes.ts";
import { emptyColumns, flag, readColumns, writeColumns, type FrameColumns } from "./frame-columns.ts";
import type { LogPlace } from "./files.ts";

/** The recorder begins a new block long before; a count beyond these is damage, and no memory is taken for it. */
const framesMax = 2 ** 13;
const recordsMax = 2 ** 19;

/**
 * Frames of one log as the content of a block: as varints the number of frames and of records, the columns
 * (frame-columns.ts), then the bytes of all keys, of all values and of all header blocks.
 */
export function encodeFrames(batches: readonly LogBatch[]): Uint8Array {
  const records = batches.reduce((sum, { count }) => sum + count, 0);
  const columns = emptyColumns(batches.length, records);
  let at = 0;
  for (const [i, batch] of batches.entries()) {
    columns.seq[i] = batch.seq;
    columns.flags[i] = (batch.transactional ? flag.transactional : 0) + (batch.control ? flag.control : 0);
    columns.base[i] = batch.baseOffset;
    columns.count[i] = batch.count;
    columns.last[i] = batch.lastOffset;
    columns.highWatermark[i] = batch.highWatermark;
    columns.lastStable[i] = batch.lastStableOffset;
    columns.leaderEpoch[i] = batch.leaderEpoch;
    columns.producerId[i] = batch.producerId;
    columns.epoch[i] = batch.producerEpoch;
    columns.sequence[i] = batch.baseSequence;
    columns.offset.set(batch.offsets, at);
    columns.timestamp.set(batch.timestamps, at);
    putLengths(columns.key, at, batch.keyAt);
    putLengths(columns.value, at, batch.valueAt);
    putLengths(columns.headers, at, batch.headersAt);
    at += batch.count;
  }
  const to = beginBytes();
  to.varint(batches.length);
  to.varint(records);
  writeColumns(to, columns);
  for (const cuts of ["keyAt", "valueAt", "headersAt"] as const)
    for (const batch of batches)
      for (let i = 0; i < batch.count; i += 1) {
        const end = batch[cuts][2 * i + 1] ?? -1;
        if (end >= 0) to.bytes(batch.bytes.subarray(batch[cuts][2 * i], end));
      }
  return to.written();
}

function putLengths(into: Float64Array, at: number, cuts: Int32Array): void {
  for (let i = 0; i < cuts.length; i += 2) {
    const [from = 0, to = -1] = [cuts[i], cuts[i + 1]];
    into[at + i / 2] = to < 0 ? -1 : to - from;
  }
}

/** Frames that have been checked; each is built when it is taken. */
export interface Frames {
  readonly seqs: Float64Array;
  /** In their order. Contents and columns are shared, not copied: holding a batch holds its block, a quarter of a megabyte. */
  all(): Generator<LogBatch, void>;
}

/** The frames, or a sentence that says why these bytes are none. Never throws. */
export function decodeFrames(content: Uint8Array, place: LogPlace): Frames | string {
  const from = readBytes(content);
  const [count, records] = [from.varint(), from.varint()];
  if (from.broken() || count > framesMax || records > recordsMax) return `claims ${count} frames of ${records} records`;
  const columns = emptyColumns(count, records);
  if (!readColumns(from, columns)) return "has columns that end too early";
  const parts = { keys: lengthOf(columns.key), values: lengthOf(columns.value), headers: lengthOf(columns.headers) };
  const { buffer, byteOffset, byteLength } = from.rest();
  // Whoever reads them expects no Buffer, whose `slice` does not copy.
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const fault = columnsFault(columns);
  if (fault !== null) return fault;
  if (parts.keys + parts.values + parts.headers !== bytes.length) return "has lengths that do not fit its bytes";
  return { seqs: columns.seq, all: () => built({ place, columns, bytes, parts }) };
}

/** NaN, which is equal to nothing, when one of them is no length. */
function lengthOf(lengths: Float64Array): number {
  let sum = 0;
  for (const length of lengths) {
    if (length < -1 || !Number.isSafeInteger(length)) return NaN;
    sum += Math.max(0, length);
  }
  return sum;
}

function columnsFault(columns: FrameColumns): string | null {
  const { seq, flags, base, count, last, offset } = columns;
  const whole = [columns.highWatermark, columns.lastStable, columns.leaderEpoch, columns.producerId];
  for (const column of [seq, flags, base, count, last, ...whole, columns.epoch, columns.sequence])
    if (!column.every(Number.isSafeInteger)) return "has a number that is not whole";
  let at = 0;
  for (let frame = 0; frame < count.length; frame += 1) {
    const end = at + (count[frame] ?? 0);
    if (end < at || end > offset.length || (flags[frame] ?? 0) < 0 || (flags[frame] ?? 0) > 3)
      return "has an impossible frame";
    let before = (base[frame] ?? 0) - 1;
    for (; at < end; at += 1) {
      const own = offset[at] ?? NaN;
      if (!(own > before && own <= (last[frame] ?? 0)) || !Number.isSafeInteger(own)) return "has offsets out of order";
      before = own;
    }
  }
  return at === offset.length ? null : "has records that belong to no frame";
}

interface Checked {
  readonly place: LogPlace;
  readonly columns: FrameColumns;
  readonly bytes: Uint8Array;
  readonly parts: { readonly keys: number; readonly values: number };
}

function* built({ place, columns, bytes, parts }: Checked): Generator<LogBatch, void> {
  const keyAt = cutsOf(columns.key, 0);
  const valueAt = cutsOf(columns.value, parts.keys);
  const headersAt = cutsOf(columns.headers, parts.keys + parts.values);
  let at = 0;
  for (let i = 0; i < columns.count.length; i += 1) {
    const numberOf = (name: keyof FrameColumns): number => columns[name][i] ?? 0;
    const end = at + numberOf("count");
    yield {
      seq: seq(numberOf("seq")),
      topic: place.topic,
      partition: partition(place.partition),
      highWatermark: offset(numberOf("highWatermark")),
      lastStableOffset: offset(numberOf("lastStable")),
      baseOffset: offset(numberOf("base")),
      lastOffset: offset(numberOf("last")),
      transactional: (numberOf("flags") & flag.transactional) !== 0,
      control: (numberOf("flags") & flag.control) !== 0,
      producerId: numberOf("producerId"),
      producerEpoch: numberOf("epoch"),
      baseSequence: numberOf("sequence"),
      leaderEpoch: numberOf("leaderEpoch"),
      count: end - at,
      offsets: columns.offset.subarray(at, end),
      timestamps: columns.timestamp.subarray(at, end),
      keyAt: keyAt.subarray(2 * at, 2 * end),
      valueAt: valueAt.subarray(2 * at, 2 * end),
      headersAt: headersAt.subarray(2 * at, 2 * end),
      bytes,
    };
    at = end;
  }
}

/** Where the contents lie that have these lengths and follow each other from `begin` on. */
function cutsOf(lengths: Float64Array, begin: number): Int32Array {
  const cuts = new Int32Array(2 * lengths.length);
  let filled = begin;
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i] ?? -1;
    cuts[2 * i] = length < 0 ? 0 : filled;
    if (length > 0) filled += length;
    cuts[2 * i + 1] = length < 0 ? -1 : filled;
  }
  return cuts;
}
