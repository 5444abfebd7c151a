import type { EvidenceBatch, Fence, OffsetCommit, Transaction } from "../model/evidence.ts";
import { withCauses } from "./attribution.ts";
import { commitsOf, sharesOf, transactionOf, type Assembled } from "./assembly.ts";
import type { Ledger } from "./ledger.ts";
import type { Prepared, TopicPartition } from "./state-log.ts";

/** Hands transactions, fences and plain commits on in the order that model/evidence.ts promises. */
export interface HandOver {
  /** What has become ready, with the causes of its outputs. */
  ready(): readonly EvidenceBatch[];
  /** As it was written: outputs that name no cause have none yet. */
  transaction(assembled: Assembled): EvidenceBatch;
  fence(fence: Fence): EvidenceBatch;
}

type Need = TopicPartition & { readonly next: number };

export function startHandOver(ledger: Ledger): HandOver {
  const { topology, names, offsets, states, attribution } = ledger;
  const needs = new WeakMap<Prepared, readonly Need[]>();
  let index = 0;

  /** The source partition has been decided up to the place; one that nobody reads or tails is not waited for. */
  function reached({ topic, partition, next }: Need): boolean {
    if (topology.readers(topic).length === 0 || partition >= ledger.partitions) return true;
    if (!ledger.follows({ topic, partition })) return true;
    return (ledger.log({ topic, partition })?.source?.decidedNext() ?? 0) >= next;
  }
  function isReady(prepared: Prepared): boolean {
    if (prepared.complete === null || prepared.why !== null) return false;
    if (prepared.listed.some(({ claim }) => claim !== null && claim.unit === null)) return false;
    // Outputs that name no cause, and no offset that says how far the sources have to be known: all of them have to be.
    if (attribution !== null && prepared.outcome === "committed" && commitsOf(sharesOf(prepared)).length === 0)
      return false;
    const own = needs.get(prepared) ?? needsOf(prepared);
    needs.set(prepared, own);
    return own.every(reached);
  }
  function transaction(assembled: Assembled): EvidenceBatch {
    const made: Transaction = transactionOf(assembled, index, topology, names);
    index += 1;
    offsets.handedOn(made.commits);
    return { kind: "transaction", transaction: made };
  }
  const fence = (one: Fence): EvidenceBatch => ({ kind: "fence", fence: one });

  return {
    transaction,
    fence,
    ready() {
      const out: EvidenceBatch[] = [];
      for (const { queue } of states.ids.values())
        for (let head = queue[0]; head !== undefined; head = queue[0]) {
          if (head.kind === "prepared" && !isReady(head)) break;
          queue.shift();
          if (head.kind === "fence") out.push(fence(head.fence));
          else out.push(...withCauses(attribution, [transaction(decided(head))]));
        }
      const plain = offsets.release((commit) => needOf(commit).every(reached));
      for (const commit of plain) out.push({ kind: "plain-commit", commit });
      return out;
    },
  };
}

/** A prepared transaction whose outcome and groups are known. */
export function decided(prepared: Prepared): Assembled {
  const { transactionalId, producerId, producerEpoch, outcome, prepareSeq } = prepared;
  const shares = sharesOf(prepared);
  return { transactionalId, producerId, producerEpoch, outcome, why: null, prepared, shares, seq: prepareSeq };
}

function needOf({ topic, partition, nextOffset }: OffsetCommit): readonly Need[] {
  return nextOffset === null || nextOffset <= 0 ? [] : [{ topic, partition, next: nextOffset }];
}

/** The source offsets that its causes and its offset commits name. */
function needsOf(prepared: Prepared): readonly Need[] {
  const shares = sharesOf(prepared);
  const needs: Need[] = commitsOf(shares).flatMap(needOf);
  for (const { records } of shares.flatMap(({ chunks }) => chunks)) {
    const furthest = new Map<number, Need>();
    for (let i = 0; i < records.count; i += 1) {
      const topicIndex = records.causeTopic[i] ?? -1;
      if (topicIndex < 0) continue;
      const partition = records.causePartition[i] ?? 0;
      const next = (records.causeOffset[i] ?? 0) + 1;
      const key = topicIndex * 1e9 + partition;
      const topic = records.causeTopics[topicIndex] ?? "";
      if ((furthest.get(key)?.next ?? -1) < next) furthest.set(key, { topic, partition, next });
    }
    needs.push(...furthest.values());
  }
  return needs;
}
