import type { Records, Writer } from "../model/evidence.ts";
import type { RecordKey } from "../model/record-key.ts";

const encoder = new TextEncoder();

export interface Row {
  readonly key: RecordKey | null;
  readonly value: string | null;
  /** Source offset and ordinal; null: no `rp-source`. */
  readonly cause: readonly [offset: number, ordinal: number] | null;
  readonly headers?: readonly (readonly [name: string, value: string | null])[];
  readonly timestamp?: number;
}

export interface Session {
  readonly member: string;
  readonly incarnation: number;
  readonly version: string;
  readonly producerEpoch: number;
  readonly producerId: number;
}

/** Columns of rows; causes name the source topic, the partition is filled in by the caller. */
export function recordsOf(
  log: { readonly topic: string; readonly partition: number },
  rows: readonly Row[],
  offsets: readonly number[],
  session: Session | null,
): Records {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const cut = (value: RecordKey | null): readonly [number, number] => {
    if (value === null) return [0, -1];
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    chunks.push(bytes);
    length += bytes.length;
    return [length - bytes.length, length];
  };
  const keyAt = Int32Array.from(rows.flatMap(({ key }) => cut(key)));
  const valueAt = Int32Array.from(rows.flatMap(({ value }) => cut(value)));
  const headersAt = Int32Array.from(
    rows.flatMap(({ headers }) => cut(headers === undefined ? null : headerBlock(headers))),
  );
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  const writers: readonly Writer[] =
    session === null ? [] : [{ ...session, format: session.version === "v2" ? "2" : "1" }];
  return {
    ...log,
    count: rows.length,
    offsets: Float64Array.from(offsets),
    timestamps: Float64Array.from(rows, ({ timestamp }) => timestamp ?? 0),
    keyAt,
    valueAt,
    headersAt,
    bytes,
    causeTopic: Int32Array.from(rows, ({ cause }) => (cause === null ? -1 : 0)),
    causeTopics: ["in"],
    causePartition: Int32Array.from(rows, () => log.partition),
    causeOffset: Float64Array.from(rows, ({ cause }) => cause?.[0] ?? -1),
    ordinal: Int32Array.from(rows, ({ cause }) => cause?.[1] ?? -1),
    writer: Int32Array.from(rows, () => (session === null ? -1 : 0)),
    twins: null,
    writers,
  };
}

/** The cause's partition, for every row of a task. */
export function causes(records: Records, p: number): Int32Array {
  return new Int32Array(records.count).fill(p);
}

/** As LogBatch lays headers out. */
function headerBlock(headers: NonNullable<Row["headers"]>): Uint8Array {
  const parts = headers.map(([name, value]) => {
    const [head, length] = [Buffer.alloc(2), Buffer.alloc(4)];
    head.writeUInt16BE(Buffer.byteLength(name));
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return Buffer.concat([head, Buffer.from(name), length, Buffer.from(value ?? "")]);
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(headers.length);
  return Buffer.concat([count, ...parts]);
}
