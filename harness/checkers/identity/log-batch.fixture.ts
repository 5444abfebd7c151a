import { offset, partition, seq } from "../../model/brand.ts";
import type { Records } from "../../model/evidence.ts";
import type { LogBatch } from "../../model/log.ts";

/** Records as one plain batch of their log. */
export function logBatchOf(records: Records): LogBatch {
  const { topic, count, offsets, keyAt, valueAt, bytes } = records;
  const last = offset(offsets[count - 1] ?? 0);
  return {
    seq: seq(0),
    topic,
    partition: partition(records.partition),
    highWatermark: last,
    lastStableOffset: last,
    baseOffset: offset(offsets[0] ?? 0),
    lastOffset: last,
    transactional: false,
    control: false,
    producerId: 1,
    producerEpoch: 0,
    baseSequence: 0,
    leaderEpoch: 0,
    count,
    offsets,
    timestamps: new Float64Array(count),
    keyAt,
    valueAt,
    headersAt: new Int32Array(0),
    bytes,
  };
}
