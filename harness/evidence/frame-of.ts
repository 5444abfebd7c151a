import type { RecordsBatch } from "@platformatic/kafka";
import { offset, partition } from "../model/brand.ts";
import type { LogFrame } from "../model/log.ts";

export interface FramePlace {
  readonly topic: string;
  readonly partition: number;
  /** Records below are skipped: a fetch answers with whole batches. */
  readonly position: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
}

/** The topic's time is that of the append (message.timestamp.type): all records have the batch's greatest. */
const logAppendTimeBit = 8;
const transactionalBit = 16;
const controlBit = 32;
const uint16Max = 65_535;

/** The batch in columns, or a sentence that says why it cannot be kept. */
export function frameOf(batch: RecordsBatch, place: FramePlace): LogFrame | string {
  const base = Number(batch.firstOffset);
  const last = base + batch.lastOffsetDelta;
  if (!Number.isSafeInteger(last) || last < base) return `a batch claims the offsets ${base} to ${last}`;
  if (batch.magic !== 2) return `a batch has message format ${batch.magic}; only format 2 is read`;
  const records = batch.records.filter(({ offsetDelta }) => base + offsetDelta >= place.position);
  const headers: Uint8Array[] = [];
  let length = 0;
  for (const record of records) {
    const block = headerBlock(record.headers);
    if (typeof block === "string") return block;
    headers.push(block);
    length += block.length + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  }
  const count = records.length;
  const bytes = new Uint8Array(length);
  const columns = {
    offsets: new Float64Array(count),
    timestamps: new Float64Array(count),
    keyAt: new Int32Array(2 * count),
    valueAt: new Int32Array(2 * count),
    headersAt: new Int32Array(2 * count),
  };
  const isAppendTime = (batch.attributes & logAppendTimeBit) !== 0;
  let at = 0;
  const put = (cuts: Int32Array, i: number, part: Uint8Array | null): void => {
    cuts[2 * i] = part === null ? 0 : at;
    if (part !== null) bytes.set(part, at);
    at += part?.length ?? 0;
    cuts[2 * i + 1] = part === null ? -1 : at;
  };
  for (const [i, record] of records.entries()) {
    columns.offsets[i] = base + record.offsetDelta;
    columns.timestamps[i] = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta);
    put(columns.keyAt, i, record.key);
    put(columns.valueAt, i, record.value);
    put(columns.headersAt, i, headers[i] ?? null);
  }
  return {
    topic: place.topic,
    partition: partition(place.partition),
    highWatermark: offset(place.highWatermark),
    lastStableOffset: offset(place.lastStableOffset),
    baseOffset: offset(base),
    lastOffset: offset(last),
    transactional: (batch.attributes & transactionalBit) !== 0,
    control: (batch.attributes & controlBit) !== 0,
    producerId: Number(batch.producerId),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.firstSequence,
    leaderEpoch: batch.partitionLeaderEpoch,
    count,
    ...columns,
    bytes,
  };
}

/** uint16 count, then per header uint16 name length, name, int32 value length (-1 null), value: as LogBatch says. */
function headerBlock(headers: readonly (readonly [Uint8Array | null, Uint8Array | null])[]): Uint8Array | string {
  if (headers.length > uint16Max) return `a record has ${headers.length} headers`;
  let length = 2;
  for (const [name, value] of headers) {
    if ((name?.length ?? 0) > uint16Max) return `a header's name has ${name?.length ?? 0} bytes`;
    length += 6 + (name?.length ?? 0) + (value?.length ?? 0);
  }
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  view.setUint16(0, headers.length);
  let at = 2;
  for (const [name, value] of headers) {
    view.setUint16(at, name?.length ?? 0);
    if (name !== null) block.set(name, at + 2);
    at += 2 + (name?.length ?? 0);
    view.setInt32(at, value?.length ?? -1);
    if (value !== null) block.set(value, at + 4);
    at += 4 + (value?.length ?? 0);
  }
  return block;
}
