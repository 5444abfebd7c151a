import type { Seq } from "../model/brand.ts";
import { slice, type Fence, type LogRef } from "../model/evidence.ts";
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
  readonly outcome: "committed" | "aborted";
  readonly prepare: LogRef;
  readonly prepareSeq: Seq;
  /** What it lists, and the claim to a group of markers there; no claim where the tail does not look. */
  readonly listed: readonly (TopicPartition & { readonly claim: Claim | null })[];
  complete: LogRef | null;
  completeSeq: Seq | null;
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
  /** Outcome of the last complete record, to tell a repeat. */
  lastStatus: string | null;
}

export interface StateLog {
  readonly ids: ReadonlyMap<string, IdLog>;
  /** The transactional id that was given the producer id last. */
  owner(producerId: number): string | null;
  step(batch: LogBatch): void;
}

/** `claim` takes a new transaction's claim in a listed partition; false where the tail does not look. */
export function startStateLog(options: {
  readonly gaps: Gaps;
  readonly claim: (place: TopicPartition, producerId: number, claim: Claim) => boolean;
}): StateLog {
  const ids = new Map<string, IdLog>();
  const owners = new Map<number, string>();
  const { gaps } = options;

  function idLog(transactionalId: string): IdLog {
    const known = ids.get(transactionalId);
    if (known !== undefined) return known;
    const fresh = { transactionalId, queue: [], ongoing: null, undecided: null, lastStatus: null };
    ids.set(transactionalId, fresh);
    return fresh;
  }
  function prepare(log: IdLog, state: StateRecord, batch: LogBatch, at: LogRef): void {
    const commit = state.status === "prepare-commit";
    const { transactionalId, producerId, producerEpoch } = state;
    const listed = state.partitions.map((place) => {
      const claim: Claim = {
        outcome: commit ? "commit" : "abort",
        producerEpoch,
        coordinatorFrom: batch.leaderEpoch,
        coordinatorTo: null,
        unit: null,
        unclear: false,
      };
      return { ...place, claim: options.claim(place, producerId, claim) ? claim : null };
    });
    const prepared: Prepared = {
      kind: "prepared",
      transactionalId,
      producerId,
      producerEpoch,
      outcome: commit ? "committed" : "aborted",
      prepare: at,
      prepareSeq: batch.seq,
      listed,
      complete: null,
      completeSeq: null,
      why: null,
    };
    log.queue.push(prepared);
    log.undecided = prepared;
    log.ongoing = null;
  }
  function complete(log: IdLog, state: StateRecord, batch: LogBatch, at: LogRef): void {
    const { undecided } = log;
    const outcome = state.status === "complete-commit" ? "committed" : "aborted";
    log.ongoing = null;
    if (undecided === null) {
      if (log.lastStatus === state.status) return; // a repeat
      const what = `${log.transactionalId}: a ${state.status} record without its prepare record`;
      gaps.add({ what, topic: at.topic, partition: at.partition, from: at.offset, to: at.offset });
      return;
    }
    if (undecided.outcome !== outcome) undecided.why = `its state log says ${undecided.outcome}, then ${state.status}`;
    undecided.complete = at;
    undecided.completeSeq = batch.seq;
    for (const { claim } of undecided.listed) if (claim !== null) claim.coordinatorTo = batch.leaderEpoch;
    log.undecided = null;
  }
  /** Something follows that only a complete record allows. */
  function superseded(log: IdLog, status: string): void {
    if (log.undecided !== null) log.undecided.why = `its state log goes on with ${status} and no complete record`;
    log.undecided = null;
  }
  function step(state: StateRecord, batch: LogBatch, at: LogRef): void {
    const log = idLog(state.transactionalId);
    const { status, transactionalId, producerId, producerEpoch } = state;
    owners.set(producerId, transactionalId);
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
        prepare(log, state, batch, at);
        break;
      case "complete-commit":
      case "complete-abort":
        complete(log, state, batch, at);
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

  return {
    ids,
    owner: (producerId) => owners.get(producerId) ?? null,
    step(batch) {
      for (let i = 0; i < batch.count; i += 1) {
        const at = { topic: batch.topic, partition: batch.partition, offset: batch.offsets[i] ?? 0 };
        const state = readState(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
        if (state.kind === "state") step(state, batch, at);
        else if (state.kind === "unreadable")
          gaps.add({ what: `state record: ${state.why}`, ...at, from: at.offset, to: at.offset });
        else superseded(idLog(state.transactionalId), "a tombstone");
      }
    },
  };
}
