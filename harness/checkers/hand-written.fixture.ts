/**
 * Evidence written by hand, for tests: a compact way to say who did what to which log, with correct work by default.
 * Every task of the toy pipeline writes to `out-0`, so that producers interleave there.
 */
import { offset, partition, runNanos, seq, type Seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import {
  commitKey,
  type EvidenceBatch,
  type EvidenceEnd,
  type Generation,
  type OffsetCommit,
  type Transaction,
  type TransactionPart,
} from "../model/evidence.ts";
import type { RecordKey } from "../model/record-key.ts";
import { checkpointFile, type CheckpointChange } from "./hand-written-checkpoint.fixture.ts";
import { causes, recordsOf, type Row, type Session } from "./hand-written-records.fixture.ts";
import { orderlyRun, type Around } from "./orderly-run.fixture.ts";
import { count, expectedOf, outputText, stateKey, stateText, toyDescription } from "./toy-pipeline.fixture.ts";

/** What a transaction is about to do; tests edit it to plant a defect. */
export interface Draft {
  outputs: Row[];
  changes: Row[];
  /** Offset commits inside it. */
  commits: number[];
}

interface Task {
  readonly inputs: Map<number, { readonly key: RecordKey | null; readonly value: string }>;
  /** f's own state, and that of the hand-written member at its committed offset. */
  readonly truth: Map<string, number>;
  counts: Map<string, number>;
  next: number;
  commit: number;
  session: Session;
}

export interface Open {
  readonly draft: Draft;
  /** Writes the records now; `end` does so at the latest. */
  send(): void;
  end(outcome: Transaction["outcome"], markers?: "commit" | "abort"): Transaction;
}

const source = "in";
const sink = "out";
const changelog = "count-log";
const group = "toy-count";
const offsetsTopic = "__consumer_offsets";
export class World {
  readonly batches: EvidenceBatch[] = [];
  readonly #logs = new Map<string, { topic: string; partition: number; next: number }>();
  readonly #tasks: Task[] = [];
  readonly #generations: Generation[] = [];
  readonly #committed = new Map<string, OffsetCommit>();
  readonly #sessions: Session[] = [];
  #seq = 0;
  #index = 0;
  #now = 0;

  constructor(partitions = 2) {
    for (let p = 0; p < partitions; p++) {
      const session = { member: "member-1", incarnation: 1, version: "v1", producerEpoch: 0, producerId: 10 + p };
      this.#tasks.push({ inputs: new Map(), truth: new Map(), counts: new Map(), next: 0, commit: 0, session });
      for (const topic of [source, sink, changelog]) this.#take(topic, p, 0);
    }
    this.#take(offsetsTopic, 0, 0);
    this.#take("__transaction_state", 0, 0);
  }

  task(p: number): Task {
    const task = this.#tasks[p];
    if (task === undefined) throw new Error(`There is no task ${p}.`);
    return task;
  }

  /** The next offset of a log. */
  nextOf(topic: string, p: number): number {
    return this.#take(topic, p, 0);
  }

  /** A committed source record. */
  input(p: number, key: RecordKey | null, value = "one"): number {
    const at = this.#take(source, p, 1);
    const task = this.task(p);
    task.inputs.set(at, { key, value });
    const records = recordsOf({ topic: source, partition: p }, [{ key, value, cause: null }], [at], null);
    const expected = [expectedOf(task.truth, key, value)];
    this.batches.push({ kind: "source", stage: "count", partition: p, records, expected, failure: null });
    return at;
  }

  /** A source record of an aborted transaction; its marker takes the next offset. */
  abortedInput(p: number, key: string): number {
    const at = this.#take(source, p, 2);
    const records = recordsOf({ topic: source, partition: p }, [{ key, value: "one", cause: null }], [at], null);
    this.batches.push({ kind: "aborted-source", stage: "count", partition: p, records });
    return at;
  }

  /** A new owner: another session of the task's transactional id. Gives the fence ledger its record. */
  open(p: number, change: Partial<Session> = {}): Session {
    const task = this.task(p);
    task.session = { ...task.session, producerEpoch: task.session.producerEpoch + 2, ...change };
    this.#sessions.push(task.session);
    const { producerId, producerEpoch } = task.session;
    const at = { topic: "__transaction_state", partition: 0, offset: this.#take("__transaction_state", 0, 1) };
    this.batches.push({
      kind: "fence",
      fence: { transactionalId: `toy-count-${p}`, producerId, producerEpoch, at, seq: this.#tick() },
    });
    return task.session;
  }

  /** Writes a transaction's records for inputs in [the task's next, upTo) (all there are unless told). */
  begin(p: number, options: { readonly upTo?: number; readonly session?: Session } = {}): Open {
    const task = this.task(p);
    const upTo = Math.min(options.upTo ?? Infinity, this.nextOf(source, p));
    const session = options.session ?? task.session;
    const counts = new Map(task.counts);
    const draft = this.#work(task, { upTo, session, counts });
    const parts: TransactionPart[] = [];
    let firstSeq: Seq | null = null;
    let commits: readonly OffsetCommit[] = [];
    const written = { parts, commits: () => commits, firstSeq: () => firstSeq };
    const write = (): void => {
      if (firstSeq !== null) return;
      firstSeq = this.#tick();
      this.#write(parts, { topic: changelog, role: "changelog", p, rows: draft.changes, session });
      this.#write(parts, { topic: sink, role: "sink", p: 0, rows: draft.outputs, session });
      commits = draft.commits.map((next) => this.#commitRecord(p, next, session));
      this.#write(parts, { topic: offsetsTopic, role: "offsets", p: 0, rows: [], session });
    };
    return {
      draft,
      send: write,
      end: (outcome, markers = outcome === "committed" ? "commit" : "abort") => {
        write();
        if (outcome === "committed") Object.assign(task, { counts, next: upTo, commit: task.commit + 1 });
        return this.#decide(p, session, { outcome, markers, written });
      },
    };
  }

  /** begin, an edit, and end in one. */
  transact(
    p: number,
    options: {
      readonly upTo?: number;
      readonly session?: Session;
      readonly outcome?: Transaction["outcome"];
      readonly edit?: (draft: Draft) => void;
    } = {},
  ): Transaction {
    const { outcome = "committed", edit, ...rest } = options;
    const open = this.begin(p, rest);
    edit?.(open.draft);
    return open.end(outcome);
  }

  /** An offset commit outside any transaction. */
  plainCommit(p: number, nextOffset: number | null): OffsetCommit {
    const commit = { ...this.#commitRecord(p, 0, null), nextOffset };
    this.#committed.set(commitKey(group, source, p), commit);
    this.batches.push({ kind: "plain-commit", commit });
    return commit;
  }

  /** Committed outputs outside any transaction. */
  plainOutputs(p: number, rows: readonly Row[]): void {
    const offsets = rows.map(() => this.#take(sink, 0, 1));
    const records = recordsOf({ topic: sink, partition: 0 }, rows, offsets, this.task(p).session);
    this.batches.push({
      kind: "plain-records",
      role: "sink",
      records: { ...records, causePartition: causes(records, p) },
    });
  }

  /** The tail's answer for a partition: it is readable up to the offset, and what it asks next is asked after this. */
  answer(topic: string, p: number, readable: number): void {
    const base = Math.max(readable - 1, 0);
    this.#log({ topic, p, session: this.task(p).session, base, count: 1, control: false });
  }

  /** A checkpoint file as a copy of a disk holds it: of the member's own state unless told otherwise. */
  checkpoint(p: number, change: CheckpointChange = {}, schema = "1"): void {
    const { counts, next, session } = this.task(p);
    const own = { counts, inputNext: next, changelogNext: this.nextOf(changelog, p), schema };
    const checkpoint = checkpointFile({ p, session, own, change, seq: this.#tick() });
    this.batches.push({ kind: "checkpoint", checkpoint });
  }

  /** The group's metadata: who owns which source partitions from here on. */
  generation(owners: Readonly<Record<string, readonly number[]>>): void {
    const generation: Generation = {
      group,
      generation: this.#generations.length + 1,
      at: { topic: offsetsTopic, partition: 0, offset: this.#take(offsetsTopic, 0, 1) },
      seq: this.#tick(),
      owners: new Map(Object.entries(owners).map(([member, owned]) => [member, owned.map((p) => `${source}-${p}`)])),
    };
    this.#generations.push(generation);
    this.batches.push({ kind: "generation", generation });
  }

  /** An event; `afterMs` is the time since the event before. */
  event(body: EventBody, afterMs = 0): number {
    this.#now += afterMs * 1e6;
    const at = this.#tick();
    this.batches.push({ kind: "event", event: { ...body, seq: at, at: runNanos(this.#now) } });
    return at;
  }

  /**
   * The end of an orderly run: drained, every partition read to its end. What the test did not write itself of such a run is there as
   * `around` says; kinds of event in `without` are left out.
   */
  finish(change: Partial<EvidenceEnd> = {}, around: Around = {}): readonly EvidenceBatch[] {
    this.#complete(around);
    const partitions = [...this.#logs.values()].map(({ topic, partition: p, next }) => ({
      topic,
      partition: p,
      role: topic === sink ? ("sink" as const) : ("other" as const),
      firstOffset: 0,
      nextOffset: next,
      highWatermark: next,
      lastStableOffset: next,
      settled: true,
    }));
    const [committed, generations] = [this.#committed, this.#generations];
    const end = { complete: true, gaps: [], committed, partitions, generations, ...change };
    this.batches.push({ kind: "end", end });
    return this.batches;
  }

  #complete(around: Around): void {
    const logs = [...this.#logs.values()];
    const written = { batches: this.batches, logs, committed: this.#committed, sessions: this.#sessions };
    const { before, after } = orderlyRun({ written, description: toyDescription, endsAt: this.#now }, around);
    this.batches.unshift(...before.map((event) => ({ kind: "event" as const, event })));
    for (const body of after) this.event(body);
  }

  #work(
    task: Task,
    { upTo, session, counts }: { readonly upTo: number; readonly session: Session; readonly counts: Task["counts"] },
  ): Draft {
    const format = session.version === "v2" ? "2" : "1";
    const draft: Draft = { outputs: [], changes: [], commits: [upTo] };
    const changed = new Map<string, number>();
    for (let at = task.next; at < upTo; at++) {
      const input = task.inputs.get(at);
      if (input === undefined) continue;
      const results = count(counts, input.key, input.value);
      for (const [ordinal, n] of results.entries())
        draft.outputs.push({ key: input.key, value: outputText(n, format), cause: [at, ordinal] });
      if (results.length > 0) changed.set(stateKey(input.key), at);
    }
    draft.changes.push({ key: "#position", value: `${upTo}/${task.commit + 1}`, cause: null });
    for (const [key, at] of changed) {
      const n = counts.get(key);
      draft.changes.push({ key, value: n === undefined ? null : stateText(n, format), cause: [at, 0] });
    }
    return draft;
  }

  #write(
    parts: TransactionPart[],
    write: {
      readonly topic: string;
      readonly role: TransactionPart["role"];
      readonly p: number;
      readonly rows: readonly Row[];
      readonly session: Session;
    },
  ): void {
    const { topic, role, p, rows, session } = write;
    const offsets = rows.map(() => this.#take(topic, p, 1));
    const records = recordsOf({ topic, partition: p }, rows, offsets, session);
    const epochs = new Int32Array(rows.length).fill(session.producerEpoch);
    parts.push({ topic, partition: p, role, records, epochs, marker: null, listed: true });
    if (rows.length > 0) this.#log({ topic, p, session, base: offsets[0] ?? 0, count: rows.length, control: false });
  }

  #decide(
    p: number,
    session: Session,
    how: {
      readonly outcome: Transaction["outcome"];
      readonly markers: "commit" | "abort";
      readonly written: {
        readonly parts: readonly TransactionPart[];
        readonly commits: () => readonly OffsetCommit[];
        readonly firstSeq: () => Seq | null;
      };
    },
  ): Transaction {
    const { outcome, markers, written } = how;
    const isOpen = outcome === "pending";
    const { producerId, producerEpoch } = session;
    const parts = written.parts.map((part) => {
      if (isOpen) return part;
      const at = this.#take(part.topic, part.partition, 1);
      this.#log({ topic: part.topic, p: part.partition, session, base: at, count: 1, control: true });
      return { ...part, marker: { offset: at, outcome: markers, producerEpoch, coordinatorEpoch: 0 } };
    });
    const stateAt = { topic: "__transaction_state", partition: 0, offset: this.#take("__transaction_state", 0, 2) };
    const commits = written.commits();
    if (outcome === "committed")
      for (const commit of commits) {
        const key = commitKey(group, source, p);
        if ((this.#committed.get(key)?.at.offset ?? -1) < commit.at.offset) this.#committed.set(key, commit);
      }
    const transaction: Transaction = {
      index: this.#index++,
      transactionalId: `toy-count-${p}`,
      producerId,
      producerEpoch,
      session: producerEpoch,
      outcome,
      logged: isOpen || outcome === "gap" ? { prepare: null, complete: null } : { prepare: outcome, complete: outcome },
      why: outcome === "gap" ? "a marker is missing" : null,
      prepare: isOpen ? null : stateAt,
      complete: isOpen ? null : { ...stateAt, offset: stateAt.offset + 1 },
      parts: parts.map((part) => ({ ...part, records: { ...part.records, causePartition: causes(part.records, p) } })),
      commits,
      task: { stage: "count", partition: p },
      seq: this.#tick(),
      firstSeq: written.firstSeq(),
    };
    this.batches.push({ kind: "transaction", transaction });
    return transaction;
  }

  #commitRecord(p: number, nextOffset: number, session: Session | null): OffsetCommit {
    return {
      group,
      topic: source,
      partition: p,
      nextOffset,
      at: { topic: offsetsTopic, partition: 0, offset: this.#take(offsetsTopic, 0, 1) },
      producerId: session?.producerId ?? -1,
      producerEpoch: session?.producerEpoch ?? -1,
      seq: this.#tick(),
    };
  }

  #log(of: {
    readonly topic: string;
    readonly p: number;
    readonly session: Session;
    readonly base: number;
    readonly count: number;
    readonly control: boolean;
  }): void {
    const { topic, p, session, base, count, control } = of;
    this.batches.push({
      kind: "log",
      batch: {
        seq: this.#tick(),
        topic,
        partition: partition(p),
        highWatermark: offset(base + count),
        lastStableOffset: offset(base + count),
        baseOffset: offset(base),
        lastOffset: offset(base + count - 1),
        transactional: true,
        control,
        producerId: session.producerId,
        producerEpoch: session.producerEpoch,
        baseSequence: 0,
        leaderEpoch: 0,
        count,
        offsets: Float64Array.from({ length: count }, (_, i) => base + i),
        timestamps: new Float64Array(count),
        keyAt: new Int32Array(2 * count),
        valueAt: new Int32Array(2 * count),
        headersAt: new Int32Array(2 * count),
        bytes: new Uint8Array(),
      },
    });
  }

  #take(topic: string, p: number, by: number): number {
    const name = `${topic}-${p}`;
    const log = this.#logs.get(name) ?? { topic, partition: p, next: 0 };
    this.#logs.set(name, log);
    const at = log.next;
    log.next += by;
    return at;
  }

  #tick(): Seq {
    return seq(this.#seq++);
  }
}
