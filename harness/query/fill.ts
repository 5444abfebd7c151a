import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EvidenceBatch, OffsetCommit, Transaction } from "../model/evidence.ts";
import { eventTable, type HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { LocatedAnomaly } from "../model/verdict.ts";
import { isData, partRows, recordRows, transactionRow, type Fate, type Row } from "./rows.ts";
import { tables, views, type Table, type TableName } from "./tables.ts";

/** Puts evidence into the tables of a database. */
export interface Filling {
  step(batch: EvidenceBatch): void;
  fact(name: string, value: string | number): void;
  anomaly(anomaly: LocatedAnomaly): void;
}

const nanosPerMs = 1e6;
const outside: Fate = { transaction: null, outcome: "committed" };

/** Makes the tables and views in an empty database. */
export function beginFilling(database: DatabaseSync): Filling {
  for (const table of tables) database.exec(createTable(table));
  for (const { name, sql } of views) database.exec(`CREATE VIEW ${name} AS ${sql}`);
  const inserts = new Map<TableName, StatementSync>(
    tables.map((table) => [table.name, database.prepare(insertInto(table))]),
  );
  const put: Put = (table, row) => void inserts.get(table)?.run(...row);
  return {
    step: (batch) => stepInto(put, batch),
    fact: (name, value) => put("run", [name, value]),
    anomaly: (found) => put("anomalies", anomalyRow(found)),
  };
}

type Put = (table: TableName, row: Row) => void;

function stepInto(put: Put, batch: EvidenceBatch): void {
  switch (batch.kind) {
    case "event":
      return put("events", eventRow(batch.event));
    case "log":
      return put("batches", batchRow(batch.batch));
    case "source":
      for (const row of recordRows(batch.records, "source", outside)) put("records", row);
      return;
    case "aborted-source":
      for (const row of recordRows(batch.records, "source", { transaction: null, outcome: "aborted" }))
        put("records", row);
      return;
    case "plain-records":
      for (const row of recordRows(batch.records, batch.role, outside)) put("records", row);
      return;
    case "transaction":
      return putTransaction(put, batch.transaction);
    case "plain-commit":
      return put("commits", commitRow(batch.commit, outside));
    case "fence": {
      const { transactionalId, producerId, producerEpoch, at, seq } = batch.fence;
      return put("fences", [transactionalId, producerId, producerEpoch, at.partition, at.offset, seq]);
    }
    case "generation": {
      const { group, generation, owners, seq } = batch.generation;
      for (const [client, tasks] of owners)
        for (const task of tasks) put("ownership", [group, generation, client, task, seq]);
      return;
    }
    case "checkpoint": {
      const { member, incarnation, stage, partition, name, found, bytes, sha256, seq } = batch.checkpoint;
      return put("checkpoints", [member, incarnation, stage, partition, name, found, bytes.length, sha256, seq]);
    }
    case "end":
      return;
    default:
      batch satisfies never;
  }
}

function putTransaction(put: Put, transaction: Transaction): void {
  const fate = { transaction: transaction.index, outcome: transaction.outcome };
  put("transactions", transactionRow(transaction));
  for (const row of partRows(transaction)) put("parts", row);
  for (const { role, records } of transaction.parts)
    if (isData(role)) for (const row of recordRows(records, role, fate)) put("records", row);
  for (const commit of transaction.commits) put("commits", commitRow(commit, fate));
}

function eventRow({ seq, at, kind, ...body }: HistoryEvent): Row {
  return [seq, at / nanosPerMs, kind, eventTable[kind].ledger, JSON.stringify(body)];
}

function batchRow(batch: LogBatch): Row {
  return [
    batch.topic,
    batch.partition,
    batch.baseOffset,
    batch.lastOffset,
    batch.seq,
    batch.count,
    Number(batch.transactional),
    Number(batch.control),
    batch.producerId,
    batch.producerEpoch,
    batch.leaderEpoch,
  ];
}

function commitRow(commit: OffsetCommit, { transaction, outcome }: Fate): Row {
  const { group, topic, partition, nextOffset, at, producerId, producerEpoch, seq } = commit;
  const place = [at.partition, at.offset, producerId, producerEpoch];
  return [group, topic, partition, nextOffset, ...place, transaction, outcome, seq];
}

function anomalyRow(found: LocatedAnomaly): Row {
  const { invariant, sentence, expected, actual, task, seq, phase, faultsActive, preceded, evidence, more } = found;
  const faults = JSON.stringify(faultsActive);
  const before = preceded?.sentence ?? null;
  return [invariant, sentence, expected, actual, task, seq, phase, faults, before, JSON.stringify(evidence), more];
}

function createTable({ name, columns, key }: Table): string {
  const parts = columns.map((column) => `"${column.name}" ${column.type}`);
  if (key.length > 0) parts.push(`PRIMARY KEY (${quoted(key)})`);
  return `CREATE TABLE "${name}" (${parts.join(", ")}) STRICT`;
}

/**
 * A row that comes again is the same thing told with more: a record that a later stage read is told as that stage's source and as
 * its writer's sink, in either order.
 */
function insertInto({ name, columns, key }: Table): string {
  const all = columns.map((column) => column.name);
  const insert = `INSERT INTO "${name}" (${quoted(all)}) VALUES (${all.map(() => "?").join(", ")})`;
  const others = all.filter((one) => !key.includes(one));
  if (key.length === 0) return insert;
  if (name !== "records") return `${insert} ON CONFLICT DO NOTHING`;
  const set = others.map((one) => `"${one}" = excluded."${one}"`).join(", ");
  return `${insert} ON CONFLICT DO UPDATE SET ${set} WHERE excluded.role <> 'source'`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
