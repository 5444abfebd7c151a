import type { Offset, Partition, Seq } from "./brand.ts";

/**
 * One record batch as it lay in a broker's log, in columns. `bytes` holds every key, value and header block, and may hold those
 * of other batches, too; the index columns cut it: key i is bytes[keyAt[2i] .. keyAt[2i+1]), an end of -1 is null. Same for values and headers.
 * A header block is uint16 count, then per header uint16 name length, name (UTF-8), int32 value length (-1 null), value.
 */
export interface LogBatch {
  readonly seq: Seq;
  readonly topic: string;
  readonly partition: Partition;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly baseOffset: Offset;
  /** Last offset that the batch covers, also when compaction took its last records. */
  readonly lastOffset: Offset;
  readonly transactional: boolean;
  readonly control: boolean;
  /** -1 where the producer is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly leaderEpoch: number;
  readonly count: number;
  readonly offsets: Float64Array;
  /** Milliseconds since 1970, as the producer or broker set it. */
  readonly timestamps: Float64Array;
  readonly keyAt: Int32Array;
  readonly valueAt: Int32Array;
  readonly headersAt: Int32Array;
  readonly bytes: Uint8Array;
}

/** The part of a LogBatch that a fetch gives; the recorder adds seq. */
export type LogFrame = Omit<LogBatch, "seq">;

export type RecordFrame = (frame: LogFrame) => LogBatch;
export type SubscribeFrames = (fold: (batch: LogBatch) => void) => Disposable;
