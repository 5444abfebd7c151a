import { seq } from "../model/brand.ts";
import type { EvidenceBatch, Fence, OffsetCommit, Transaction } from "../model/evidence.ts";
import { withCauses } from "./attribution.ts";
import { commitsOf, outcomeOf, sharesOf, transactionOf, type Assembled } from "./assembly.ts";
import { follows, type Ledger, type Stray } from "./ledger.ts";
import type { IdLog, Prepared, TopicPartition } from "./state-log.ts";

/** Hands transactions, fences and plain commits on in the order that model/evidence.ts promises. */
export interface HandOver {
  /** What has become ready, with the causes of its outputs. At the end, without what the logs' ends leave undecided. */
  ready(isOver?: boolean): readonly EvidenceBatch[];
  /** As it was written: outputs that name no cause have none yet. Nothing when it is none of the pipeline's. */
  transaction(assembled: Assembled): readonly EvidenceBatch[];
}

type Need = TopicPartition & { readonly next: number };

interface State {
  readonly ledger: Ledger;
  readonly needs: WeakMap<Prepared, readonly Need[]>;
  /** How many transactions were handed on. */
  count: number;
}

export function beginHandOver(ledger: Ledger): HandOver {
  const state: State = { ledger, needs: new WeakMap(), count: 0 };
  return {
    transaction: (assembled) => transaction(state, assembled),
    ready: (isOver = false) => ready(state, isOver),
  };
}

export function fence(one: Fence): EvidenceBatch {
  return { kind: "fence", fence: one };
}

function ready(state: State, isOver: boolean): readonly EvidenceBatch[] {
  const { ledger } = state;
  const out: EvidenceBatch[] = [];
  for (const id of ledger.states.ids.values()) out.push(...readyOf(state, id, isOver));
  for (const stray of ledger.strays.splice(0)) out.push(...transaction(state, orphanOf(ledger, stray)));
  const plain = ledger.offsets.release((commit) => needOf(commit).every((need) => isReached(ledger, need)));
  for (const commit of plain) out.push({ kind: "plain-commit", commit });
  return out;
}

function readyOf(state: State, { queue }: IdLog, isOver: boolean): readonly EvidenceBatch[] {
  const out: EvidenceBatch[] = [];
  for (let head = queue[0]; head !== undefined; head = queue[0]) {
    if (head.kind === "prepared" && !isReady(state, head, isOver)) break;
    queue.shift();
    if (head.kind === "fence") out.push(fence(head.fence));
    else out.push(...withCauses(state.ledger.attribution, transaction(state, decided(state.ledger, head))));
  }
  return out;
}

function isReady({ ledger, needs }: State, prepared: Prepared, isOver: boolean): boolean {
  if (prepared.complete === null && prepared.why === null) return false;
  const claims = prepared.listed.flatMap(({ claim }) => (claim === null ? [] : [claim]));
  if (claims.some(({ unit, lost }) => unit === null && (isOver || lost === null))) return false;
  // Outputs that name no cause, and no offset that says how far the sources have to be known: all of them have to be.
  if (ledger.attribution !== null && outcomeOf(prepared) === "committed" && commitsOf(sharesOf(prepared)).length === 0)
    return false;
  const own = needs.get(prepared) ?? needsOf(prepared);
  needs.set(prepared, own);
  return own.every((need) => isReached(ledger, need));
}

/** The source partition has been decided up to the place; one that nobody reads or tails is not waited for. */
function isReached(ledger: Ledger, { topic, partition, next }: Need): boolean {
  if (ledger.topology.tasks.reading({ topic, partition }).length === 0) return true;
  if (!follows(ledger, { topic, partition })) return true;
  return (ledger.log({ topic, partition })?.source?.decidedNext() ?? 0) >= next;
}

function transaction(state: State, assembled: Assembled): readonly EvidenceBatch[] {
  const { topology, names, offsets } = state.ledger;
  const made: Transaction = transactionOf(assembled, state.count, topology, names);
  offsets.handedOn(made.commits);
  if (isForeign(state.ledger, made)) return [];
  state.count += 1;
  return [{ kind: "transaction", transaction: made }];
}

/** None of its topics is the pipeline's, nor is its id, nor an offset commit in it as far as these are known. */
function isForeign({ topology }: Ledger, { transactionalId, outcome, parts, commits, task }: Transaction): boolean {
  if (task !== null || commits.length > 0) return false;
  if (!topology.concerns({ transactionalId, partitions: parts })) return true;
  const isOffsetsOnly = parts.every(({ role }) => role === "offsets");
  return isOffsetsOnly && parts.length > 0 && outcome !== "gap";
}

/** A prepared transaction of which nothing more will be known. */
export function decided(ledger: Ledger, prepared: Prepared): Assembled {
  const { transactionalId, producerId, producerEpoch, session, prepareSeq, prepare, why } = prepared;
  const lost = prepared.listed.flatMap(({ topic, partition, claim }) =>
    claim?.lost == null ? [] : [`${claim.lost} (${topic}-${partition})`],
  );
  const reason = why ?? lost[0] ?? null;
  if (reason !== null) {
    const { topic, partition, offset } = prepare;
    const what = `transaction of ${transactionalId}: ${reason}`;
    ledger.gaps.add({ what, topic, partition, from: offset, to: offset });
  }
  const outcome = reason === null ? outcomeOf(prepared) : "gap";
  const shares = sharesOf(prepared);
  return {
    transactionalId,
    producerId,
    producerEpoch,
    session,
    outcome,
    why: reason,
    prepared,
    shares,
    seq: prepareSeq,
  };
}

/** Records of transactions that the state log knows nothing of: a hole in the evidence, named, no accusation. */
export function orphanOf(ledger: Ledger, { place, producerId, chunks, unit }: Stray): Assembled {
  const [first, last] = [chunks[0]?.batch, chunks.at(-1)?.batch];
  const why = `records of producer id ${producerId} belong to no transaction that the state log lists`;
  ledger.gaps.widen({ what: why, ...place, from: first?.baseOffset ?? null, to: last?.lastOffset ?? null });
  return {
    transactionalId: ledger.states.owner(producerId) ?? "",
    producerId,
    producerEpoch: first?.producerEpoch ?? -1,
    session: -1,
    outcome: "gap",
    why,
    prepared: null,
    shares: [{ ...place, chunks, unit, listed: false }],
    seq: first?.seq ?? seq(0),
  };
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
