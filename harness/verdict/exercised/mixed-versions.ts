import {
  recordRef,
  type EvidenceBatch,
  type LogRef,
  type OffsetCommit,
  type Transaction,
} from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import { learnOwners, ownerOf, startOwners, type Owners } from "./owners.ts";
import { counted, type Counted } from "./witnesses.ts";

/**
 * Committed transactions, and offset commits outside transactions, between the first one of version `to` and the last one of
 * version `from`, both included, by `rp-writer`, else by the owner of the offsets that they commit, in the audit's order.
 */
export interface Mixed {
  readonly from: string;
  readonly to: string;
  readonly owners: Owners;
  readonly committed: Written[];
}

interface Written {
  /** Null: no header says it. */
  readonly version: string | null;
  readonly commits: readonly OffsetCommit[];
  /** Its prepare record, or the offset commit itself. */
  readonly at: LogRef | null;
}

export function startMixed(plan: Plan): Mixed {
  return { from: plan.scenario.from, to: plan.scenario.to, owners: startOwners(), committed: [] };
}

export function learnMixed({ owners, committed }: Mixed, batch: EvidenceBatch): void {
  learnOwners(owners, batch);
  if (batch.kind === "plain-commit") committed.push({ version: null, commits: [batch.commit], at: batch.commit.at });
  if (batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return;
  const { commits, prepare } = batch.transaction;
  const version = versionOf(batch.transaction);
  committed.push({ version, commits: version === null ? commits : [], at: prepare });
}

export function mixedVersionCommits({ from, to, owners, committed }: Mixed): Counted {
  const refs: string[] = [];
  let sinceTo = 0;
  let seen = 0;
  for (const written of committed) {
    const version = written.version ?? ownerOf(owners, written)?.version;
    if (version !== to && (version !== from || sinceTo === 0)) continue;
    sinceTo += 1;
    if (version !== from || from === to) continue;
    seen = sinceTo;
    const { at } = written;
    if (at !== null) refs.push(recordRef(at.topic, at.partition, at.offset));
  }
  return counted(refs, seen);
}

function versionOf(transaction: Transaction): string | null {
  for (const { records } of transaction.parts) {
    const writer = records.count > 0 ? records.writers[records.writer[0] ?? -1] : undefined;
    if (writer !== undefined) return writer.version;
  }
  return null;
}
