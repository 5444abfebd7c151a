import { offset } from "../model/brand.ts";
import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";

/** One record of a batch, cut out of its columns. */
export interface BatchRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The header block as LogBatch has it. */
  readonly headers: Uint8Array | null;
}

export function recordAt(batch: LogBatch, i: number): BatchRecord {
  return {
    offset: batch.offsets[i] ?? 0,
    timestamp: batch.timestamps[i] ?? 0,
    key: slice(batch.bytes, batch.keyAt, i),
    value: slice(batch.bytes, batch.valueAt, i),
    headers: slice(batch.bytes, batch.headersAt, i),
  };
}

export function recordsIn(batch: LogBatch): readonly BatchRecord[] {
  return Array.from({ length: batch.count }, (_, i) => recordAt(batch, i));
}

/** The batch with other records; it covers `from` to `to` even where compaction took records at its ends. */
export function withRecords(
  batch: LogBatch,
  records: readonly BatchRecord[],
  covers: { readonly from: number; readonly to: number },
): LogBatch {
  const length = records.reduce((sum, { key, value, headers }) => sum + size(key) + size(value) + size(headers), 0);
  const bytes = new Uint8Array(length);
  const cuts = (): Int32Array => new Int32Array(2 * records.length);
  const [keyAt, valueAt, headersAt] = [cuts(), cuts(), cuts()];
  let at = 0;
  const lay = (into: Int32Array, i: number, part: Uint8Array | null): void => {
    into[2 * i] = part === null ? 0 : at;
    into[2 * i + 1] = part === null ? -1 : at + part.length;
    if (part === null) return;
    bytes.set(part, at);
    at += part.length;
  };
  for (const [i, { key, value, headers }] of records.entries()) {
    lay(keyAt, i, key);
    lay(valueAt, i, value);
    lay(headersAt, i, headers);
  }
  return {
    ...batch,
    baseOffset: offset(covers.from),
    lastOffset: offset(covers.to),
    count: records.length,
    offsets: Float64Array.from(records, (record) => record.offset),
    timestamps: Float64Array.from(records, ({ timestamp }) => timestamp),
    keyAt,
    valueAt,
    headersAt,
    bytes,
  };
}

function size(part: Uint8Array | null): number {
  return part?.length ?? 0;
}
