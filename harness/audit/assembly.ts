import { seq, type Seq } from "../model/brand.ts";
import type { DecidedOutcome, OffsetCommit, Transaction, TransactionPart } from "../model/evidence.ts";
import type { Names } from "./codec/provenance.ts";
import { joined, noRecords, type Chunk } from "./records.ts";
import type { Prepared, TopicPartition } from "./state-log.ts";
import type { Unit } from "./producer-log.ts";
import type { Topology } from "./topology.ts";

/** One partition's share of a transaction, before it becomes columns. */
export interface Share extends TopicPartition {
  readonly chunks: readonly Chunk[];
  readonly unit: Unit | null;
  readonly listed: boolean;
}

export interface Assembled {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly session: number;
  readonly outcome: Transaction["outcome"];
  readonly why: string | null;
  readonly prepared: Prepared | null;
  readonly shares: readonly Share[];
  /** Where nothing else says when: the seq of what began it. */
  readonly seq: Seq;
}

export function transactionOf(from: Assembled, index: number, topology: Topology, names: Names): Transaction {
  const { transactionalId, producerId, session, outcome, why, prepared, shares } = from;
  const chunks = shares.flatMap((share) => share.chunks);
  const units = shares.flatMap(({ unit }) => (unit === null ? [] : [unit.seq]));
  const decided = [prepared?.completeSeq ?? prepared?.prepareSeq ?? from.seq, ...units];
  const first = chunks.reduce<Chunk | null>((a, b) => (a !== null && a.batch.seq <= b.batch.seq ? a : b), null);
  return {
    index,
    transactionalId,
    producerId,
    producerEpoch: first?.batch.producerEpoch ?? from.producerEpoch,
    session,
    outcome,
    why,
    logged: { prepare: prepared?.outcome ?? null, complete: prepared?.completeOutcome ?? null },
    prepare: prepared?.prepare ?? null,
    complete: prepared?.complete ?? null,
    parts: shares.map((share) => partOf(share, topology, names)),
    commits: commitsOf(shares),
    task: topology.task(transactionalId),
    seq: seq(decided.reduce<number>((a, b) => Math.max(a, b), 0)),
    firstSeq: first?.batch.seq ?? null,
  };
}

export function commitsOf(shares: readonly Share[]): readonly OffsetCommit[] {
  return shares.flatMap(({ chunks }) => chunks.flatMap(({ commits }) => commits));
}

function partOf(share: Share, topology: Topology, names: Names): TransactionPart {
  const { topic, partition, chunks, unit, listed } = share;
  const all = chunks.map(({ records }) => records);
  const records = joined(all, () => noRecords(topic, partition, names));
  const epochs = new Int32Array(records.count);
  let at = 0;
  for (const { batch } of chunks) {
    epochs.fill(batch.producerEpoch, at, at + batch.count);
    at += batch.count;
  }
  return { topic, partition, role: topology.role(topic), records, epochs, marker: unit?.marker ?? null, listed };
}

/** As its markers say, where they agree: readers go by them. */
export function outcomeOf({ outcome, listed }: Prepared): DecidedOutcome {
  const markers = new Set(listed.flatMap(({ claim }) => claim?.unit?.marker.outcome ?? []));
  if (markers.size !== 1) return outcome;
  return markers.has("commit") ? "committed" : "aborted";
}

/** What a prepared transaction holds in each listed partition, as far as it is known. */
export function sharesOf(prepared: Prepared): readonly Share[] {
  return prepared.listed.map(({ topic, partition, claim }) => {
    const unit = claim?.unit ?? null;
    return { topic, partition, chunks: unit?.chunks ?? [], unit, listed: true };
  });
}
