import { offset, partition, seq } from "../model/brand.ts";
import type { LogBatch } from "../model/log.ts";

/**
 * A frame's body, little-endian: uint8 format 1, uint8 flags (1 transactional, 2 control), uint16 topic length, topic,
 * float64 seq, high watermark, last stable offset, base offset, last offset, producer id; int32 partition, producer
 * epoch, base sequence, leader epoch, record count, length of bytes; then the columns of LogBatch: offsets, timestamps
 * (float64), keyAt, valueAt, headersAt (int32 pairs), bytes. In its file it stands behind uint32 length and uint32
 * CRC-32 of the body.
 */
export const frameHeaderBytes = 8;
/** A broker's batch is bounded by message.max.bytes (1 MiB by default); more than this is damage, not a batch. */
export const frameBytesMax = 128 * 1024 * 1024;

const format = 1;
const fixedBytes = 4 + 6 * 8 + 6 * 4;
const perRecordBytes = 2 * 8 + 6 * 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function encodeFrame(batch: LogBatch): Uint8Array {
  const topic = encoder.encode(batch.topic);
  const body = new Uint8Array(fixedBytes + topic.length + batch.count * perRecordBytes + batch.bytes.length);
  const view = new DataView(body.buffer);
  view.setUint8(0, format);
  view.setUint8(1, (batch.transactional ? 1 : 0) | (batch.control ? 2 : 0));
  view.setUint16(2, topic.length, true);
  body.set(topic, 4);
  let at = 4 + topic.length;
  const { highWatermark, lastStableOffset, baseOffset, lastOffset, producerId } = batch;
  for (const wide of [batch.seq, highWatermark, lastStableOffset, baseOffset, lastOffset, producerId]) {
    view.setFloat64(at, wide, true);
    at += 8;
  }
  const { producerEpoch, baseSequence, leaderEpoch, count, bytes } = batch;
  for (const narrow of [batch.partition, producerEpoch, baseSequence, leaderEpoch, count, bytes.length]) {
    view.setInt32(at, narrow, true);
    at += 4;
  }
  for (const column of [batch.offsets, batch.timestamps, batch.keyAt, batch.valueAt, batch.headersAt, batch.bytes]) {
    body.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return body;
}

/** The batch, or a sentence that says why these bytes are none. Never throws. */
export function decodeFrame(body: Uint8Array): LogBatch | string {
  if (body.length < fixedBytes) return "is too short for a frame";
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (view.getUint8(0) !== format) return `has frame format ${view.getUint8(0)}, this tool reads ${format}`;
  const flags = view.getUint8(1);
  const topicBytes = view.getUint16(2, true);
  if (flags > 3 || body.length < fixedBytes + topicBytes) return "has an impossible frame header";
  const topic = decodeTopic(body.subarray(4, 4 + topicBytes));
  let at = 4 + topicBytes;
  const wide = (): number => view.getFloat64((at += 8) - 8, true);
  const narrow = (): number => view.getInt32((at += 4) - 4, true);
  const [seqOf, highWatermark, lastStableOffset] = [wide(), wide(), wide()];
  const [baseOffset, lastOffset, producerId] = [wide(), wide(), wide()];
  const [partitionOf, producerEpoch, baseSequence] = [narrow(), narrow(), narrow()];
  const [leaderEpoch, count, bytesLength] = [narrow(), narrow(), narrow()];
  const numbers = [seqOf, highWatermark, lastStableOffset, baseOffset, lastOffset, producerId];
  if (topic === null || !numbers.every(Number.isSafeInteger) || seqOf < 0 || partitionOf < 0)
    return "has an impossible frame header";
  if (count < 0 || bytesLength < 0 || at + count * perRecordBytes + bytesLength !== body.length)
    return "has a length that does not fit its record count";
  const column = (bytes: number): ArrayBuffer => {
    const copy = new ArrayBuffer(bytes);
    new Uint8Array(copy).set(body.subarray(at, at + bytes));
    at += bytes;
    return copy;
  };
  const batch: LogBatch = {
    seq: seq(seqOf),
    topic,
    partition: partition(partitionOf),
    highWatermark: offset(highWatermark),
    lastStableOffset: offset(lastStableOffset),
    baseOffset: offset(baseOffset),
    lastOffset: offset(lastOffset),
    transactional: (flags & 1) !== 0,
    control: (flags & 2) !== 0,
    producerId,
    producerEpoch,
    baseSequence,
    leaderEpoch,
    count,
    offsets: new Float64Array(column(count * 8)),
    timestamps: new Float64Array(column(count * 8)),
    keyAt: new Int32Array(column(count * 8)),
    valueAt: new Int32Array(column(count * 8)),
    headersAt: new Int32Array(column(count * 8)),
    bytes: new Uint8Array(column(bytesLength)),
  };
  return columnsFault(batch) ?? batch;
}

function decodeTopic(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function columnsFault(batch: LogBatch): string | null {
  let last = batch.baseOffset - 1;
  for (const at of batch.offsets) {
    if (!Number.isSafeInteger(at) || at <= last || at > batch.lastOffset) return "has offsets out of order";
    last = at;
  }
  for (const cuts of [batch.keyAt, batch.valueAt, batch.headersAt])
    for (let i = 0; i < cuts.length; i += 2) {
      const [from = 0, to = 0] = [cuts[i], cuts[i + 1]];
      if (to !== -1 && (from < 0 || to < from || to > batch.bytes.length)) return "cuts records outside its bytes";
    }
  return null;
}
