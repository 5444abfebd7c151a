import { eventRef, recordRef, type EvidenceBatch, type Transaction } from "../../model/evidence.ts";
import { addTo, beginCount, counted, type Counted, type Counter } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Aborted transactions of two sorts that some defects need.
 *
 * crossed: on one partition it began before another one and was aborted after it, so a broker's list of the aborted is not in the order of
 * their beginnings. outlived: the member that began it, told by `rp-writer`, lived on and committed for the same task.
 */
export interface Aborts {
  readonly crossed: Counter;
  readonly outlived: Counter;
  /** By `topic-partition`: the latest aborted stretches. */
  readonly stretches: Map<string, Stretch[]>;
  /** By `transactional id member/incarnation`: the seqs of its aborted transactions that no commit has followed yet. */
  readonly open: Map<string, number[]>;
}

interface Stretch {
  readonly from: number;
  readonly marker: number;
}

/** Transactions that are open together are few: each has a task of its own. */
const stretchesMax = 128;

export function beginAborts(): Aborts {
  return { crossed: beginCount(), outlived: beginCount(), stretches: new Map(), open: new Map() };
}

export function learnAbort(aborts: Aborts, batch: EvidenceBatch): void {
  if (batch.kind !== "transaction") return;
  const { transaction } = batch;
  if (transaction.outcome === "aborted") learnStretches(aborts, transaction);
  learnWriter(aborts, transaction);
}

function learnStretches({ crossed, stretches }: Aborts, { parts }: Transaction): void {
  for (const { topic, partition, records, marker } of parts) {
    const from = records.offsets[0];
    if (from === undefined || marker === null) continue;
    const log = `${topic}-${partition}`;
    const known = stretches.get(log) ?? [];
    stretches.set(log, known);
    const isCrossed = (other: Stretch): boolean => (other.from - from) * (other.marker - marker.offset) < 0;
    if (known.some(isCrossed)) addTo(crossed, recordRef(topic, partition, from));
    known.push({ from, marker: marker.offset });
    if (known.length > stretchesMax) known.shift();
  }
}

function learnWriter({ outlived, open }: Aborts, transaction: Transaction): void {
  const writer = incarnationOf(transaction);
  if (writer === null) return;
  const key = `${transaction.transactionalId} ${writer}`;
  if (transaction.outcome === "aborted") open.set(key, [...(open.get(key) ?? []), transaction.seq]);
  if (transaction.outcome !== "committed") return;
  for (const seq of open.get(key) ?? []) addTo(outlived, eventRef(seq));
  open.delete(key);
}

export function crossedAborts({ crossed }: Aborts): Counted {
  return counted(crossed);
}

export function outlivedAborts({ outlived }: Aborts): Counted {
  return counted(outlived);
}
