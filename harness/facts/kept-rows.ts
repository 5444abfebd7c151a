import { parseNumbered } from "../base/numbered.ts";
import { seq } from "../model/brand.ts";
import type { LogRef, OffsetCommit } from "../model/evidence.ts";
import type { CommitRow } from "./commit-rows.ts";
import { eachTask, type PerTask } from "./tasks.ts";

/** The rows of a task in order of arrival, in columns: a row is made again when it is asked for. */
export interface KeptRows {
  count: number;
  cells: Float64Array;
  readonly texts: Texts;
  /** Rows of transactions with outputs that name no readable cause. */
  unreadable: number;
  undecided: number;
}

/** Each text once, by number; shared by the tasks of a run. */
export interface Texts {
  readonly all: string[];
  readonly numbers: Map<string, number>;
}

/** Where the numbers of a row lie; texts and logs are told by their number. */
const column = {
  outcome: 0,
  hasConflict: 1,
  hasUnreadable: 2,
  inForceAt: 3,
  commitCount: 4,
  minCause: 5,
  maxCause: 6,
  minSure: 7,
  maxSure: 8,
  records: 9,
  minChangelog: 10,
  maxChangelog: 11,
  seq: 12,
  choice: 13,
  writer: 14,
  producer: 15,
  transactionalId: 16,
  first: 17,
  firstAt: 18,
  prepare: 19,
  prepareAt: 20,
  log: 21,
  commitAt: 22,
  next: 23,
  producerId: 24,
  producerEpoch: 25,
  commitSeq: 26,
  isPlaced: 27,
} as const;
const width = Object.keys(column).length;
const numeric = [
  "commitCount",
  "minCause",
  "maxCause",
  "minSure",
  "maxSure",
  "records",
  "minChangelog",
  "maxChangelog",
  "seq",
] as const;
const textual = ["choice", "writer", "producer", "transactionalId"] as const;

const outcomes = ["committed", "undecided", "plain"] as const;

export type CommittingRow = CommitRow & { readonly commit: OffsetCommit };

export function beginTexts(): Texts {
  return { all: [], numbers: new Map() };
}

export function beginKeptRows(texts: Texts): KeptRows {
  return { count: 0, cells: new Float64Array(16 * width), texts, unreadable: 0, undecided: 0 };
}

export function keepRow(rows: KeptRows, row: CommitRow): void {
  const { texts, count } = rows;
  const from = count * width;
  if (from === rows.cells.length) rows.cells = doubled(rows.cells);
  const { cells } = rows;
  for (const name of numeric) cells[from + column[name]] = row[name];
  for (const name of textual) cells[from + column[name]] = numberOf(texts, row[name]);
  cells[from + column.outcome] = outcomes.indexOf(row.outcome);
  cells[from + column.hasConflict] = Number(row.hasConflict);
  cells[from + column.hasUnreadable] = Number(row.hasUnreadable);
  cells[from + column.isPlaced] = Number(row.isPlaced);
  cells[from + column.inForceAt] = row.inForceAt ?? NaN;
  cells[from + column.first] = numberOf(texts, row.first && logOf(row.first));
  cells[from + column.firstAt] = row.first?.offset ?? NaN;
  cells[from + column.prepare] = numberOf(texts, row.prepare && logOf(row.prepare));
  cells[from + column.prepareAt] = row.prepare?.offset ?? NaN;
  keepCommit(rows, row.commit);
  rows.count += 1;
  if (row.hasUnreadable) rows.unreadable += 1;
  if (row.outcome === "undecided") rows.undecided += 1;
}

export function rowsIn(rows: KeptRows): readonly CommitRow[] {
  return Array.from({ length: rows.count }, (_, i) => rowAt(rows, i));
}

/** Rows that carry a commit record, in the order of the offsets log. */
export function inCommitOrder(rows: KeptRows): readonly CommittingRow[] {
  return rowsIn(rows)
    .filter(hasCommit)
    .toSorted((a, b) => a.commit.at.offset - b.commit.at.offset);
}

/** How findings doubt tasks with such transactions; none: there are none. */
export function unreadableDoubts(all: PerTask<KeptRows>): readonly string[] {
  let count = 0;
  eachTask(all, ({ unreadable }) => void (count += unreadable));
  return count === 0 ? [] : [`${count} commits lie in transactions with outputs that name no readable cause.`];
}

function hasCommit(row: CommitRow): row is CommittingRow {
  return row.commit !== null;
}

function keepCommit({ cells, texts, count }: KeptRows, commit: OffsetCommit | null): void {
  // Whose it is and in which log: the same for nearly all commits of a task.
  const log = commit && JSON.stringify([commit.group, commit.topic, commit.partition, logOf(commit.at)]);
  const from = count * width;
  cells[from + column.log] = numberOf(texts, log);
  if (commit === null) return;
  cells[from + column.commitAt] = commit.at.offset;
  cells[from + column.next] = commit.nextOffset ?? NaN;
  cells[from + column.producerId] = commit.producerId;
  cells[from + column.producerEpoch] = commit.producerEpoch;
  cells[from + column.commitSeq] = commit.seq;
}

type Column = keyof typeof column;

function rowAt(rows: KeptRows, i: number): CommitRow {
  const { texts, cells } = rows;
  const number = (name: Column): number => cells[i * width + column[name]] ?? NaN;
  const text = (name: Column): string | null => texts.all[number(name)] ?? null;
  return {
    outcome: outcomes[number("outcome")] ?? "undecided",
    commit: commitOf(text("log"), number),
    commitCount: number("commitCount"),
    hasConflict: number("hasConflict") === 1,
    inForceAt: orNull(number("inForceAt")),
    minCause: number("minCause"),
    maxCause: number("maxCause"),
    minSure: number("minSure"),
    maxSure: number("maxSure"),
    choice: text("choice"),
    records: number("records"),
    minChangelog: number("minChangelog"),
    maxChangelog: number("maxChangelog"),
    hasUnreadable: number("hasUnreadable") === 1,
    isPlaced: number("isPlaced") === 1,
    first: placeOf(text("first"), number("firstAt")),
    writer: text("writer"),
    producer: text("producer") ?? "",
    transactionalId: text("transactionalId"),
    prepare: placeOf(text("prepare"), number("prepareAt")),
    seq: number("seq"),
  };
}

function commitOf(log: string | null, number: (name: Column) => number): OffsetCommit | null {
  if (log === null) return null;
  const [group, topic, partition, at]: [string, string, number, string] = JSON.parse(log);
  const place = placeOf(at, number("commitAt"));
  if (place === null) return null;
  return {
    group,
    topic,
    partition,
    nextOffset: orNull(number("next")),
    at: place,
    producerId: number("producerId"),
    producerEpoch: number("producerEpoch"),
    seq: seq(number("commitSeq")),
  };
}

function logOf({ topic, partition }: LogRef): string {
  return `${topic}-${partition}`;
}

function placeOf(log: string | null, offset: number): LogRef | null {
  const of = parseNumbered(log ?? "");
  return of === null ? null : { topic: of.name, partition: of.number, offset };
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

/** -1 for null. */
function numberOf({ all, numbers }: Texts, text: string | null): number {
  if (text === null) return -1;
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, all.length);
  return all.push(text) - 1;
}

function doubled(cells: Float64Array): Float64Array {
  const grown = new Float64Array(cells.length * 2);
  grown.set(cells);
  return grown;
}
