import type { Answer, OutRecord, Sent } from "../core/effects.ts";
import { isCommitted, lastStableOffset, type LogRecord, type PartitionLog, type Transaction } from "./log.ts";

/** What a producer object of a client knows: the epoch that it was given. */
export interface ProducerSession {
  readonly transactionalId: string;
  readonly epoch: number;
}

/** State of one transactional id at its coordinator. */
interface Coordinated {
  readonly producerId: number;
  epoch: number;
  open: Transaction | null;
}

/** An offset commit that came into force. */
export interface Commitment {
  readonly group: string;
  readonly partition: number;
  readonly next: number;
}

/**
 * A small model of Kafka: partitions, transactions, fencing, committed offsets. One call is one request that was carried out
 * whole. It follows what was tried on a real cluster (ground.md, evidence.md): a new producer's InitProducerId returns when
 * what the old one left open is aborted and its offsets are materialised, and from then on every request of the old epoch is
 * answered INVALID_PRODUCER_EPOCH; the committed offset is the one highest in the offsets log, whatever the order of
 * markers; a plain commit carries the generation, so only the partition's present owner may make it.
 */
export class Cluster {
  readonly #logs = new Map<string, PartitionLog>();
  readonly #coordinated = new Map<string, Coordinated>();
  readonly #committed = new Map<string, { readonly at: number; readonly next: number }>();
  readonly #owners = new Map<string, string>();
  readonly commitments: Commitment[] = [];
  /** Transactions whose time-out somebody waited for. */
  waitedFor = 0;
  #offsetsEnd = 0;

  /** With these logs in it. */
  constructor(sources: readonly { readonly topic: string; readonly partition: number; readonly log: PartitionLog }[]) {
    for (const { topic, partition, log } of sources) this.#logs.set(`${topic}-${partition}`, log);
  }

  log(topic: string, partition: number): PartitionLog {
    const name = `${topic}-${partition}`;
    const found = this.#logs.get(name) ?? { end: 0, records: [] };
    this.#logs.set(name, found);
    return found;
  }

  /** Data records at or above an offset that a read-committed reader sees. */
  readCommitted(topic: string, partition: number, from: number): readonly LogRecord[] {
    const log = this.log(topic, partition);
    const end = lastStableOffset(log);
    return log.records.filter((record) => record.offset >= from && record.offset < end && isCommitted(record));
  }

  /** The same with open and aborted records among them. */
  readUncommitted(topic: string, partition: number, from: number): readonly LogRecord[] {
    return this.log(topic, partition).records.filter(({ offset }) => offset >= from);
  }

  /** InitProducerId: aborts what is open, then a new epoch. */
  initialise(transactionalId: string): ProducerSession {
    const known = this.#coordinated.get(transactionalId);
    const coordinated = known ?? { producerId: this.#coordinated.size, epoch: -1, open: null };
    this.#end(coordinated, "aborted");
    coordinated.epoch += 1;
    this.#coordinated.set(transactionalId, coordinated);
    return { transactionalId, epoch: coordinated.epoch };
  }

  send(
    session: ProducerSession,
    to: { readonly topic: string; readonly partition: number },
    records: readonly OutRecord[],
  ): Sent {
    const coordinated = this.#current(session);
    if (coordinated === null) return { answer: "fenced" };
    const log = this.log(to.topic, to.partition);
    const transaction = transactionOf(coordinated);
    transaction.written.add(log);
    return { answer: "ok", baseOffset: write(log, records, transaction) };
  }

  /** Outside any transaction: there at once, and committed. */
  sendPlainly(to: { readonly topic: string; readonly partition: number }, records: readonly OutRecord[]): Sent {
    return { answer: "ok", baseOffset: write(this.log(to.topic, to.partition), records, null) };
  }

  sendOffsets(session: ProducerSession, { group, partition, next }: Commitment): Answer {
    const coordinated = this.#current(session);
    if (coordinated === null) return "fenced";
    transactionOf(coordinated).offsets.push({ group, partition, next, at: this.#offsetsEnd });
    this.#offsetsEnd += 1;
    return "ok";
  }

  end(session: ProducerSession, status: "committed" | "aborted"): Answer {
    const coordinated = this.#current(session);
    if (coordinated === null) return "fenced";
    this.#end(coordinated, status);
    return "ok";
  }

  /** The transaction time-out passes: every open transaction is aborted at a new epoch. Answers how many there were. */
  expireTransactions(): number {
    const open = [...this.#coordinated.values()].filter((one) => one.open !== null);
    for (const coordinated of open) {
      this.#end(coordinated, "aborted");
      coordinated.epoch += 1;
    }
    return open.length;
  }

  /** The group gives the partition to a member. */
  assign(group: string, partition: number, owner: string): void {
    this.#owners.set(`${group}-${partition}`, owner);
  }

  commitPlainly(owner: string, { group, partition, next }: Commitment): Answer {
    if (this.#owners.get(`${group}-${partition}`) !== owner) return "fenced";
    this.#materialise({ group, partition, next, at: this.#offsetsEnd });
    this.#offsetsEnd += 1;
    return "ok";
  }

  committedOffset(group: string, partition: number): number | null {
    return this.#committed.get(`${group}-${partition}`)?.next ?? null;
  }

  #current({ transactionalId, epoch }: ProducerSession): Coordinated | null {
    const coordinated = this.#coordinated.get(transactionalId);
    return coordinated?.epoch === epoch ? coordinated : null;
  }

  #end(coordinated: Coordinated, status: "committed" | "aborted"): void {
    const { open } = coordinated;
    if (open === null) return;
    open.status = status;
    coordinated.open = null;
    for (const log of open.written) log.end += 1; // the marker
    if (status === "committed") for (const pending of open.offsets) this.#materialise(pending);
  }

  #materialise({ group, partition, next, at }: Commitment & { readonly at: number }): void {
    const before = this.#committed.get(`${group}-${partition}`);
    if (before !== undefined && before.at > at) return;
    this.#committed.set(`${group}-${partition}`, { at, next });
    this.commitments.push({ group, partition, next });
  }
}

function transactionOf(coordinated: Coordinated): Transaction {
  coordinated.open ??= { producerId: coordinated.producerId, status: "open", written: new Set(), offsets: [] };
  return coordinated.open;
}

/** Appends; answers the first offset. */
function write(log: PartitionLog, records: readonly OutRecord[], transaction: Transaction | null): number {
  const base = log.end;
  for (const record of records) {
    log.records.push({ ...record, offset: log.end, transaction });
    log.end += 1;
  }
  return base;
}
