import { recordRef, type EvidenceBatch, type Transaction } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import { counted, type Counted } from "./witnesses.ts";

/**
 * Committed transactions between the first one of version `to` and the last one of version `from`, both included, by
 * `rp-writer`, in the audit's order.
 */
export interface Mixed {
  readonly from: string;
  readonly to: string;
  /** Transactions since the first of `to`. */
  sinceTo: number;
  /** Of those, up to the last of `from`. */
  seen: number;
  readonly refs: string[];
}

export function startMixed(plan: Plan): Mixed {
  return { from: plan.scenario.from, to: plan.scenario.to, sinceTo: 0, seen: 0, refs: [] };
}

export function learnMixed(mixed: Mixed, batch: EvidenceBatch): void {
  if (batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return;
  const version = versionOf(batch.transaction);
  if (version !== mixed.to && version !== mixed.from) return;
  if (mixed.sinceTo === 0 && version !== mixed.to) return;
  mixed.sinceTo += 1;
  if (version !== mixed.from || mixed.from === mixed.to) return;
  mixed.seen = mixed.sinceTo;
  const { prepare } = batch.transaction;
  if (prepare !== null && mixed.refs.length < 3)
    mixed.refs.push(recordRef(prepare.topic, prepare.partition, prepare.offset));
}

export function mixedVersionCommits({ refs, seen }: Mixed): Counted {
  return counted(refs, seen);
}

function versionOf(transaction: Transaction): string | null {
  for (const { records } of transaction.parts) {
    const writer = records.count > 0 ? records.writers[records.writer[0] ?? -1] : undefined;
    if (writer !== undefined) return writer.version;
  }
  return null;
}
