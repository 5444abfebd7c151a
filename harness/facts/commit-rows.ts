import type { EvidenceBatch, LogRef, OffsetCommit, Records, Transaction } from "../model/evidence.ts";
import { choiceOf, isPlaced } from "./guesses.ts";
import { stagesOfCauses, writerOf, type TaskIndex } from "./tasks.ts";

/**
 * What one transaction (or one plain offset commit) did for one task: the row from which order and offsets are judged.
 * The order of rows is that of their commit records in the offsets log, which is the order of the committed offset.
 */
export interface CommitRow {
  readonly outcome: "committed" | "undecided" | "plain";
  /** The task's commit record with the highest log offset; null when it has none. */
  readonly commit: OffsetCommit | null;
  /** Offset commits for the task in it. */
  readonly commitCount: number;
  /** Its commit records for the task differ in their offsets. */
  readonly hasConflict: boolean;
  /**
   * From this offset of the offsets log on the commit is in force: its marker, or the record itself when it is plain.
   * Null when it is not known.
   */
  readonly inForceAt: number | null;
  /** Least and greatest cause among its outputs and changelog records; Infinity and -1 without any. */
  minCause: number;
  maxCause: number;
  /** The same among those that only one source record explains. */
  minSure: number;
  maxSure: number;
  /** A record of it is of this source partition whichever of its explanations holds. */
  isPlaced: boolean;
  /** Of an output that several explain, the choice made; null: there is none. */
  choice: string | null;
  /** Outputs and changelog records of the task. */
  records: number;
  /** First changelog record's offset; Infinity without. */
  minChangelog: number;
  /** Last changelog record's offset; -1 without. */
  maxChangelog: number;
  /** Its transaction holds outputs of the stage that name no readable cause: they may be any task's. */
  hasUnreadable: boolean;
  /** A record of it, to point to. */
  first: LogRef | null;
  /** `member/incarnation`. */
  writer: string | null;
  /** `transactional id/session`: changes when its owner does, not with every epoch. */
  readonly producer: string;
  readonly transactionalId: string | null;
  /** Its prepare record. */
  readonly prepare: LogRef | null;
  readonly seq: number;
}

export interface TaskRow {
  readonly stage: number;
  readonly partition: number;
  readonly row: CommitRow;
}

/** The rows of a batch: none for an aborted transaction. */
export function rowsOf(index: TaskIndex, batch: EvidenceBatch): readonly TaskRow[] {
  if (batch.kind === "plain-commit") return plainRow(index, batch.commit);
  if (batch.kind !== "transaction" || batch.transaction.outcome === "aborted") return [];
  return transactionRows(index, batch.transaction);
}

export function sessionOf({ transactionalId, session }: Transaction): string {
  return `${transactionalId}/${session}`;
}

/** A row before its records have been added to it. */
const withoutRecords = {
  minCause: Infinity,
  maxCause: -1,
  minSure: Infinity,
  maxSure: -1,
  isPlaced: false,
  choice: null,
  records: 0,
  minChangelog: Infinity,
  maxChangelog: -1,
  hasUnreadable: false,
  first: null,
  writer: null,
} as const;

function plainRow(index: TaskIndex, commit: OffsetCommit): readonly TaskRow[] {
  const stage = index.byGroup.get(`${commit.group}/${commit.topic}`);
  if (stage === undefined) return [];
  const row: CommitRow = {
    outcome: "plain",
    commit,
    commitCount: 1,
    hasConflict: false,
    inForceAt: commit.at.offset,
    ...withoutRecords,
    producer: "",
    transactionalId: null,
    prepare: null,
    seq: commit.seq,
  };
  return [{ stage, partition: commit.partition, row }];
}

function transactionRows(index: TaskIndex, transaction: Transaction): readonly TaskRow[] {
  const rows: TaskRow[] = [];
  const rowAt = (stage: number, partition: number): CommitRow => {
    // Nearly always one or two: a transaction is of few tasks.
    for (const known of rows) if (known.stage === stage && known.partition === partition) return known.row;
    const row = emptyRow(index, transaction, stage, partition);
    rows.push({ stage, partition, row });
    return row;
  };
  for (const commit of transaction.commits) {
    const stage = index.byGroup.get(`${commit.group}/${commit.topic}`);
    if (stage !== undefined) rowAt(stage, commit.partition);
  }
  for (const part of transaction.parts) {
    if (part.records.count === 0) continue;
    const changelog = index.byChangelog.get(part.topic);
    if (changelog !== undefined) addChangelog(index, { changelog, records: part.records, rows, rowAt });
    if (index.bySink.has(part.topic)) addOutputs(index, part.records, rowAt);
  }
  const unreadable = unreadableStages(index, transaction);
  for (const { stage, row } of rows) row.hasUnreadable = unreadable.has(stage);
  return rows;
}

/** Stages that may have written an output without a readable cause in it. */
function unreadableStages(index: TaskIndex, { parts }: Transaction): ReadonlySet<number> {
  return new Set(
    parts.flatMap(({ topic, records }) => {
      const writers = index.bySink.get(topic) ?? [];
      if (writers.length === 0 || records.count === 0) return [];
      const stages = stagesOfCauses(index, records);
      return records.causeTopic.some((cause) => (stages[cause] ?? -1) < 0) ? writers : [];
    }),
  );
}

function emptyRow(index: TaskIndex, transaction: Transaction, stage: number, partition: number): CommitRow {
  const spec = index.stages[stage];
  const commits = transaction.commits
    .filter(({ group, topic, partition: of }) => group === spec?.group && topic === spec.source && of === partition)
    .toSorted((a, b) => b.at.offset - a.at.offset);
  const commit = commits[0] ?? null;
  const part = transaction.parts.find(
    ({ topic, partition: of }) => commit !== null && topic === commit.at.topic && of === commit.at.partition,
  );
  return {
    outcome: transaction.outcome === "committed" ? "committed" : "undecided",
    commit,
    commitCount: commits.length,
    hasConflict: commits.some(({ nextOffset }) => nextOffset !== commit?.nextOffset),
    inForceAt: part?.marker?.offset ?? null,
    ...withoutRecords,
    producer: sessionOf(transaction),
    transactionalId: transaction.transactionalId,
    prepare: transaction.prepare,
    seq: transaction.seq,
  };
}

interface Changelog {
  readonly changelog: number;
  readonly records: Records;
  readonly rows: readonly TaskRow[];
  readonly rowAt: (stage: number, partition: number) => CommitRow;
}

/** A change belongs to the source that it names as its cause; one that names none, to a source that the transaction commits for. */
function addChangelog(index: TaskIndex, { changelog, records, rows, rowAt }: Changelog): void {
  const { partition, count, offsets } = records;
  const { name, sources } = index.stages[changelog] ?? { name: "?", sources: [] };
  const named = records.causeTopics.map((topic) => index.bySource.get(`${name}/${topic}`));
  const committing = rows.find((one) => one.partition === partition && index.stages[one.stage]?.name === name);
  const other = committing?.stage ?? changelog;
  const only = sources.length === 1 ? rowAt(changelog, partition) : null;
  for (let i = 0; i < count; i++) {
    const row = only ?? rowAt(named[records.causeTopic[i] ?? -1] ?? other, partition);
    const offset = offsets[i] ?? 0;
    if (offset < row.minChangelog) row.minChangelog = offset;
    if (offset > row.maxChangelog) row.maxChangelog = offset;
    addRecord(row, records, i);
  }
}

function addOutputs(index: TaskIndex, records: Records, rowAt: (stage: number, partition: number) => CommitRow): void {
  const stages = stagesOfCauses(index, records);
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage >= 0) addRecord(rowAt(stage, records.causePartition[i] ?? -1), records, i);
  }
}

function addRecord(row: CommitRow, records: Records, i: number): void {
  row.records += 1;
  row.first ??= { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
  row.writer ??= writerOf(records, i);
  if ((records.causeTopic[i] ?? -1) < 0) return;
  const cause = records.causeOffset[i] ?? 0;
  if (cause < row.minCause) row.minCause = cause;
  if (cause > row.maxCause) row.maxCause = cause;
  const choice = choiceOf(records, i);
  row.choice ??= choice;
  row.isPlaced ||= isPlaced(records, i);
  if (choice !== null) return;
  if (cause < row.minSure) row.minSure = cause;
  if (cause > row.maxSure) row.maxSure = cause;
}
