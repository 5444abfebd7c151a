import type { EvidenceBatch, OffsetCommit } from "../model/evidence.ts";
import type { CommitRow, TaskRow } from "./commit-rows.ts";
import { inCommitOrder, type CommittingRow, type KeptRows } from "./kept-rows.ts";
import { ofTask, perTask, type PerTask } from "./tasks.ts";

/**
 * Which transactions opened a task. An open is another transactional id, a new InitProducerId of it, or a change of the writer in
 * `rp-writer`; an epoch that the broker raised by itself is none.
 */
export interface Openings {
  readonly owners: PerTask<Owner>;
  /** Of the batch stepped last: the rows with the first effects after an open, in the order in which the state log ended transactions. */
  first: readonly TaskRow[];
}

interface Owner {
  producer: string | null;
  writer: string | null;
  /** The session has had an effect. */
  hasEffect: boolean;
}

/** An open in the order of the offsets log: the first commit by a new owner, and what it had to go on from. */
export interface Opening {
  readonly row: CommittingRow;
  /** The commit in force before it; null: there was none. */
  readonly before: OffsetCommit | null;
  /** No undecided transaction lies between the two. */
  readonly isCertain: boolean;
}

export function beginOpenings(): Openings {
  return { owners: perTask(() => ({ producer: null, writer: null, hasEffect: false })), first: [] };
}

/** `arrived` are the batch's rows. */
export function stepOpenings(openings: Openings, batch: EvidenceBatch, arrived: readonly TaskRow[]): void {
  const isCommitted = batch.kind === "transaction" && batch.transaction.outcome === "committed";
  openings.first = isCommitted
    ? arrived.filter(({ stage, partition, row }) => isFirst(ofTask(openings.owners, stage, partition), row))
    : [];
}

function isFirst(owner: Owner, { producer, writer, maxCause }: CommitRow): boolean {
  if (owner.producer !== producer || (writer !== null && writer !== owner.writer)) {
    owner.producer = producer;
    owner.writer = writer ?? owner.writer;
    owner.hasEffect = false;
  }
  if (owner.hasEffect || maxCause < 0) return false;
  owner.hasEffect = true;
  return true;
}

export function openingsIn(rows: KeptRows): readonly Opening[] {
  const openings: Opening[] = [];
  let before: OffsetCommit | null = null;
  let writer: string | null = null;
  let producer: string | null = null;
  let isCertain = true;
  for (const row of inCommitOrder(rows)) {
    if (row.outcome === "undecided") {
      isCertain = false;
      continue;
    }
    if (row.outcome === "committed") {
      if (row.producer !== producer || (row.writer ?? writer) !== writer) openings.push({ row, before, isCertain });
      producer = row.producer;
      writer = row.writer ?? writer;
    }
    before = row.commit;
    isCertain = true;
  }
  return openings;
}
