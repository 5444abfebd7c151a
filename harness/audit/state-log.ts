import type { Seq } from "../model/brand.ts";
import { slice, type DecidedOutcome, type Fence, type LogRef } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { readState, type StateRecord } from "./codec/transaction-state.ts";
import type { Gaps } from "./gaps.ts";
import type { Claim } from "./producer-log.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A transaction from its prepare record on. */
export interface Prepared {
  readonly kind: "prepared";
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** See `Transaction.session`. */
  readonly session: number;
  /** As the prepare record says. */
  readonly outcome: DecidedOutcome;
  readonly prepare: LogRef;
  readonly prepareSeq: Seq;
  /** What it lists, and the claim to a group of markers there; no claim where the tail does not look. */
  readonly listed: readonly (TopicPartition & { readonly claim: Claim | null })[];
  complete: LogRef | null;
  completeSeq: Seq | null;
  completeOutcome: DecidedOutcome | null;
  /** The state log itself does not add up. */
  why: string | null;
}

/** What one transactional id's records say, in order (evidence.md, join 2 and 3). */
export interface IdLog {
  readonly transactionalId: string;
  /** Transactions and fences not handed on yet, in order. */
  readonly queue: (Prepared | { readonly kind: "fence"; readonly fence: Fence })[];
  /** Begun and not prepared. */
  ongoing: (StateRecord & { readonly seq: Seq; readonly at: LogRef }) | null;
  /** Prepared and not complete. */
  undecided: Prepared | null;
  /** Status of the last record, to tell a repeat; null: none, or a hole lies behind it. */
  lastStatus: string | null;
  producerId: number;
  session: number;
  /** Holes of its partition of the state log so far. */
  holes: number;
}

export interface StateLog {
  readonly ids: ReadonlyMap<string, IdLog>;
  /** The transactional id that was given the producer id last. */
  owner(producerId: number): string | null;
  /** Holes of the partition that tells of the producer id; where nothing has told of it, of all partitions. */
  holes(producerId: number): number;
  step(batch: LogBatch): void;
  /** The partition has a hole: what its ids did there is unknown. */
  tear(partition: number): void;
}

interface State {
  readonly ids: Map<string, IdLog>;
  readonly owners: Map<number, IdLog>;
  /** Transactional id → its partition of the state log. */
  readonly partitions: Map<string, number>;
  /** Partition of the state log → its holes. */
  readonly holes: Map<number, number>;
  readonly gaps: Gaps;
  readonly claim: (place: TopicPartition, producerId: number, claim: Claim) => Claim | null;
}

interface Read {
  readonly log: IdLog;
  readonly state: StateRecord;
  readonly batch: LogBatch;
  readonly at: LogRef;
}

/** `claim` takes a new transaction's claim in a listed partition; null where the tail does not look. */
export function beginStateLog(options: Pick<State, "gaps" | "claim">): StateLog {
  const state: State = { ids: new Map(), owners: new Map(), partitions: new Map(), holes: new Map(), ...options };
  return {
    ids: state.ids,
    owner: (producerId) => state.owners.get(producerId)?.transactionalId ?? null,
    holes: (producerId) => state.owners.get(producerId)?.holes ?? sum(state.holes.values()),
    step: (batch) => readBatch(state, batch),
    tear: (partition) => tearPartition(state, partition),
  };
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((all, one) => all + one, 0);
}

function readBatch(state: State, batch: LogBatch): void {
  for (let i = 0; i < batch.count; i += 1) {
    const at = { topic: batch.topic, partition: batch.partition, offset: batch.offsets[i] ?? 0 };
    const read = readState(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
    if (read.kind === "state")
      step(state, { log: idLog(state, read.transactionalId, at.partition), state: read, batch, at });
    else if (read.kind === "tombstone") superseded(idLog(state, read.transactionalId, at.partition), "a tombstone");
    else {
      state.gaps.add({ what: `state record: ${read.why}`, ...at, from: at.offset, to: at.offset });
      tearPartition(state, at.partition);
    }
  }
}

function idLog({ ids, partitions, holes }: State, transactionalId: string, partition: number): IdLog {
  const known = ids.get(transactionalId);
  if (known !== undefined) return known;
  const fresh: IdLog = {
    transactionalId,
    queue: [],
    ongoing: null,
    undecided: null,
    lastStatus: null,
    producerId: -1,
    session: 0,
    holes: holes.get(partition) ?? 0,
  };
  ids.set(transactionalId, fresh);
  partitions.set(transactionalId, partition);
  return fresh;
}

function tearPartition({ ids, partitions, holes }: State, partition: number): void {
  holes.set(partition, (holes.get(partition) ?? 0) + 1);
  for (const log of ids.values()) {
    if (partitions.get(log.transactionalId) !== partition) continue;
    superseded(log, "a hole");
    log.ongoing = null;
    log.lastStatus = null;
    log.holes += 1;
  }
}

function step(all: State, read: Read): void {
  const { log, state, batch, at } = read;
  const { status, transactionalId, producerId, producerEpoch } = state;
  all.owners.set(producerId, log);
  changeOwner(log, state);
  switch (status) {
    case "empty":
      superseded(log, status);
      log.ongoing = null;
      log.queue.push({ kind: "fence", fence: { transactionalId, producerId, producerEpoch, at, seq: batch.seq } });
      break;
    case "ongoing":
      superseded(log, status);
      log.ongoing = { ...state, seq: batch.seq, at };
      break;
    case "prepare-commit":
    case "prepare-abort":
      if (log.undecided !== null && log.lastStatus === status) break; // a repeat
      superseded(log, status);
      prepare(all, read);
      break;
    case "complete-commit":
    case "complete-abort":
      complete(all, read);
      break;
    case "dead":
      superseded(log, status);
      log.ongoing = null;
      break;
    default:
      return status satisfies never;
  }
  log.lastStatus = status;
}

/** When the epochs of a producer id are used up, the complete record already carries the next id: nobody has opened anew. */
function changeOwner(log: IdLog, { status, producerId }: StateRecord): void {
  const isNew = log.producerId >= 0 && log.producerId !== producerId && !status.startsWith("complete-");
  if (status === "empty" || isNew) log.session += 1;
  log.producerId = producerId;
}

function prepare({ claim }: State, { log, state, batch, at }: Read): void {
  const commit = state.status === "prepare-commit";
  const { transactionalId, producerId, producerEpoch, raisesEpoch } = state;
  const listed = state.partitions.map((place) => {
    const own: Claim = {
      prepare: at,
      outcome: commit ? "commit" : "abort",
      producerEpoch,
      hasOwnEpoch: raisesEpoch,
      stateHoles: log.holes,
      coordinatorFrom: batch.leaderEpoch,
      coordinatorTo: null,
      unit: null,
      lost: null,
    };
    return { ...place, claim: claim(place, producerId, own) };
  });
  const prepared: Prepared = {
    kind: "prepared",
    transactionalId,
    producerId,
    producerEpoch,
    session: log.session,
    outcome: commit ? "committed" : "aborted",
    prepare: at,
    prepareSeq: batch.seq,
    listed,
    complete: null,
    completeSeq: null,
    completeOutcome: null,
    why: null,
  };
  log.queue.push(prepared);
  log.undecided = prepared;
  log.ongoing = null;
}

function complete({ gaps }: State, { log, state, batch, at }: Read): void {
  const { undecided } = log;
  log.ongoing = null;
  if (undecided === null) {
    if (log.lastStatus === state.status) return; // a repeat
    const what = `${log.transactionalId}: a ${state.status} record without its prepare record`;
    gaps.add({ what, topic: at.topic, partition: at.partition, from: at.offset, to: at.offset });
    log.holes += 1; // the claims of that transaction are missing
    return;
  }
  undecided.complete = at;
  undecided.completeSeq = batch.seq;
  undecided.completeOutcome = state.status === "complete-commit" ? "committed" : "aborted";
  for (const { claim } of undecided.listed) if (claim !== null) claim.coordinatorTo = batch.leaderEpoch;
  log.undecided = null;
}

/** Something follows that only a complete record allows. */
function superseded(log: IdLog, by: string): void {
  if (log.undecided !== null) log.undecided.why = `its state log goes on with ${by} and no complete record`;
  log.undecided = null;
}
