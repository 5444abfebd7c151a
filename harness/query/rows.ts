import type { Records, TopicRole, Transaction } from "../model/evidence.ts";
import { slice } from "../model/evidence.ts";

/** What a column takes: as node:sqlite binds it. */
export type Cell = null | number | string | Uint8Array;
export type Row = readonly Cell[];

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Text where the bytes are UTF-8, else the bytes. */
function textOrBytes(bytes: Uint8Array | null): Cell {
  if (bytes === null) return null;
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

/** In which transaction records were written, and what became of it. */
export interface Fate {
  readonly transaction: number | null;
  readonly outcome: string;
}

/** Rows of `records`. */
export function* recordRows(records: Records, role: TopicRole, { transaction, outcome }: Fate): Generator<Row> {
  for (let i = 0; i < records.count; i += 1) {
    const causeTopic = records.causeTopics[records.causeTopic[i] ?? -1] ?? null;
    const writer = records.writers[records.writer[i] ?? -1];
    const cause = (column: Int32Array | Float64Array): Cell => (causeTopic === null ? null : (column[i] ?? null));
    yield [
      records.topic,
      records.partition,
      records.offsets[i] ?? null,
      role,
      records.timestamps[i] ?? null,
      textOrBytes(slice(records.bytes, records.keyAt, i)),
      textOrBytes(slice(records.bytes, records.valueAt, i)),
      causeTopic,
      cause(records.causePartition),
      cause(records.causeOffset),
      cause(records.ordinal),
      writer?.member ?? null,
      writer?.incarnation ?? null,
      writer?.version ?? null,
      writer?.format ?? null,
      transaction,
      outcome,
    ];
  }
}

/** The row of `transactions`. */
export function transactionRow(transaction: Transaction): Row {
  const { task, logged } = transaction;
  return [
    transaction.index,
    transaction.transactionalId,
    task?.stage ?? null,
    task?.partition ?? null,
    transaction.producerId,
    transaction.producerEpoch,
    transaction.session,
    transaction.outcome,
    transaction.why,
    logged.prepare,
    logged.complete,
    transaction.parts.reduce((sum, { role, records }) => (isData(role) ? sum + records.count : sum), 0),
    transaction.commits.length,
    transaction.firstSeq,
    transaction.seq,
  ];
}

/** Rows of `parts`. */
export function partRows({ index, parts }: Transaction): readonly Row[] {
  return parts.map(({ topic, partition, records, listed, marker }) => [
    index,
    topic,
    partition,
    records.count,
    Number(listed),
    marker?.offset ?? null,
    marker?.outcome ?? null,
    marker?.coordinatorEpoch ?? null,
  ]);
}

/** Topics whose records the pipeline reads and writes; the others are Kafka's own. */
export function isData(role: TopicRole): boolean {
  return role === "source" || role === "sink" || role === "changelog";
}
