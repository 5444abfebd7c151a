import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload } from "kafkajs";
import type { SourceInput } from "../core/stage.ts";
import { commitRefusalOf, wordsOf, type Refusal } from "./answers.ts";
import { HandlerLease, RejoinNeeded } from "./handler-lease.ts";
import type { Metrics } from "./metrics.ts";
import type { Owner } from "./owner.ts";
import { Superseded } from "./patience.ts";
import { Task, type TaskHost } from "./task.ts";
import type { Testify } from "./testimony.ts";

export interface StageConsumerOptions {
  readonly stage: string;
  readonly source: string;
  readonly partitions: number;
  readonly heartbeatEveryMs: number;
  readonly sessionTimeoutMs: number;
  readonly consumer: Consumer;
  readonly metrics: Metrics;
  readonly testify: Testify;
  /** After a batch that took longer than this, ms, the one fetched next is dropped; null: never. */
  readonly dropsFetchedAfterMs: number | null;
  /** A drain waits until no input has come for a while. */
  readonly drainsOnlyWhenIdle: boolean;
  readonly activeFlags: () => ReadonlySet<string>;
  readonly hostOf: (partition: number, stage: StageConsumer) => TaskHost;
  readonly fail: (error: unknown) => void;
}

const drainPauseMs = 20;
/** Without input for so long a consumer is idle. */
const idleAfterMs = 2_000;

/**
 * One stage's consumer, and the tasks that its assignments bring. kafkajs joins on its own; the GROUP_JOIN listener runs
 * synchronously, before the first fetch of the new assignment, and starts the open of every task, idle ones too.
 */
export class StageConsumer {
  readonly #options: StageConsumerOptions;
  readonly #tasks = new Map<number, Task>();
  readonly #drainBegan = Promise.withResolvers<void>();
  #isDraining = false;
  #handlers = 0;
  #wantsRejoin = false;
  #inputAt = Number.NEGATIVE_INFINITY;
  #joins = 0;
  /** When the group last said that this member is in it, by the monotonic clock. */
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(options: StageConsumerOptions) {
    this.#options = options;
  }

  /** Joined, and every task of the assignment is open. */
  get isReady(): boolean {
    return this.#joins > 0 && [...this.#tasks.values()].every(({ owner }) => owner === null || owner.task !== null);
  }

  /** The group has heard of this member within a session time-out: it cannot have given its tasks away since. */
  get isLivingMember(): boolean {
    return performance.now() - this.#confirmedAt < this.#options.sessionTimeoutMs;
  }

  /** Tasks of the present assignment. */
  get tasks(): readonly Task[] {
    return [...this.#tasks.values()].filter(({ owner }) => owner !== null);
  }

  async start(): Promise<void> {
    const { consumer, source, partitions } = this.#options;
    consumer.on(consumer.events.GROUP_JOIN, (event) => this.#joined(event));
    consumer.on(consumer.events.HEARTBEAT, () => void (this.#confirmedAt = performance.now()));
    consumer.on(consumer.events.CRASH, (event) => this.#crashed(event));
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#pass(payload.partition, payload.firstOffset, payload.lastOffset);
    });
    // An error thrown here goes out of the runner's fetch, as one of a handler does: the way to rejoin with idle tasks.
    consumer.on(consumer.events.FETCH_START, () => {
      if (!this.#wantsRejoin) return;
      this.#wantsRejoin = false;
      throw new RejoinNeeded("A task was fenced: its assignment may be an old one.");
    });
    await consumer.connect();
    await consumer.subscribe({ topic: source, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitions,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  wantRejoin(): void {
    this.#wantsRejoin = true;
  }

  seek(partition: number, offset: number): void {
    this.#options.consumer.seek({ topic: this.#options.source, partition, offset: String(offset) });
  }

  async commitPlainly(partition: number, nextOffset: number): Promise<Refusal | null> {
    try {
      await this.#options.consumer.commitOffsets([
        { topic: this.#options.source, partition, offset: String(nextOffset) },
      ]);
      return null;
    } catch (error) {
      return commitRefusalOf(error);
    }
  }

  /** Takes no more batches, lets transactions under way end, closes every task in order, leaves the group. */
  async drain(): Promise<void> {
    const { consumer, source, drainsOnlyWhenIdle } = this.#options;
    if (drainsOnlyWhenIdle) await this.#idle();
    this.#isDraining = true;
    this.#drainBegan.resolve();
    if (this.#joins > 0) consumer.pause([{ topic: source }]);
    while (this.#handlers > 0) await sleep(drainPauseMs);
    await Promise.all([...this.#tasks.values()].map((task) => task.release()));
    await consumer.disconnect();
  }

  async #idle(): Promise<void> {
    while (performance.now() - this.#inputAt < idleAfterMs) await sleep(drainPauseMs);
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    this.#joins += 1;
    this.#confirmedAt = performance.now();
    this.#wantsRejoin = false;
    const { stage, source, testify } = this.#options;
    const assigned = new Set(payload.memberAssignment[source] ?? []);
    testify("assigned", null, {
      stage,
      join: this.#joins,
      partitions: [...assigned].toSorted((a, b) => a - b).join(","),
    });
    for (const task of this.#tasks.values()) void task.release();
    if (this.#isDraining) return;
    for (const partition of assigned) this.#taskOf(partition).assign();
  }

  #taskOf(partition: number): Task {
    const known = this.#tasks.get(partition);
    if (known !== undefined) return known;
    const made = new Task(this.#options.hostOf(partition, this));
    this.#tasks.set(partition, made);
    return made;
  }

  /** A fetch without data records: kafkajs goes on behind it without asking, and so does the task's position. */
  #pass(partition: number, first: string | null, last: string): void {
    const owner = this.#tasks.get(partition)?.owner;
    if (first === null || owner === undefined || owner === null || owner.task === null) return;
    if (Number(first) <= owner.position && owner.position <= Number(last)) owner.position = Number(last) + 1;
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    this.#handlers += 1;
    this.#inputAt = performance.now();
    using lease = new HandlerLease({
      heartbeat: () => payload.heartbeat(),
      everyMs: this.#options.heartbeatEveryMs,
      isLivingMember: () => this.isLivingMember,
    });
    try {
      await this.#takeBatch(payload, lease);
    } catch (error) {
      if (error instanceof Superseded) return;
      if (!isForKafkajs(error)) this.#options.fail(error);
      throw error;
    } finally {
      this.#handlers -= 1;
    }
  }

  async #takeBatch(payload: EachBatchPayload, lease: HandlerLease): Promise<void> {
    const { batch } = payload;
    const task = this.#tasks.get(batch.partition);
    const owner = task?.owner;
    if (this.#isDraining || task === undefined || owner === undefined || owner === null) {
      await sleep(drainPauseMs);
      return;
    }
    await Promise.race([task.ready, lease.evicted, this.#drainBegan.promise]);
    lease.throwIfEvicted();
    if (this.#isDraining) return;
    if (owner.fenced) throw new RejoinNeeded(`${owner.name} is fenced.`);
    owner.stillWanted();
    // Fetched before the last seek, from behind the position: its records are not the next ones.
    if (fetchedOffsetOf(batch) > owner.position) return this.seek(batch.partition, owner.position);
    const began = performance.now();
    owner.fetchedTo = Number(batch.lastOffset()) + 1;
    const records = batch.messages
      .map(({ offset, key, value }): SourceInput => ({ offset: Number(offset), key, value }))
      .filter(({ offset }) => offset >= owner.position);
    const isDropped = owner.dropsNext;
    owner.dropsNext = false;
    if (!isDropped && !(await this.#processAll(task, owner, records, lease))) return;
    const { dropsFetchedAfterMs } = this.#options;
    owner.dropsNext = dropsFetchedAfterMs !== null && performance.now() - began > dropsFetchedAfterMs;
    owner.position = Math.max(owner.position, Number(batch.lastOffset()) + 1);
    payload.resolveOffset(batch.lastOffset());
  }

  /** False when it ended before the last record: a drain, or a reopen that sought elsewhere. */
  async #processAll(task: Task, owner: Owner, records: readonly SourceInput[], lease: HandlerLease): Promise<boolean> {
    const { metrics, stage, activeFlags } = this.#options;
    for (let rest = records; rest.length > 0;) {
      if (this.#isDraining) return false;
      const processed = await task.process(owner, rest, activeFlags());
      switch (processed.kind) {
        case "processed":
          metrics.add("rollproof_records_in_total", stage, processed.consumed);
          owner.position = Math.max(owner.position, processed.next);
          rest = rest.slice(processed.consumed);
          break;
        case "fenced":
          owner.fenced = true;
          throw new RejoinNeeded(`${owner.name} was fenced.`);
        case "unknown":
          owner.dropProducer();
          await Promise.race([task.reopen(owner), lease.evicted]);
          lease.throwIfEvicted();
          return false;
        default:
          return processed satisfies never;
      }
      lease.throwIfEvicted();
      owner.stillWanted();
    }
    return true;
  }

  #crashed({ payload }: ConsumerCrashEvent): void {
    const { stage, testify, fail } = this.#options;
    if (payload.restart) testify("consumer-restarted", null, { stage, error: wordsOf(payload.error) });
    else
      fail(
        new Error(`The consumer of stage ${stage} ended for good: ${wordsOf(payload.error)}`, { cause: payload.error }),
      );
  }
}

/** kafkajs rides out its own errors by itself; any other error of a handler is a defect of the job. */
function isForKafkajs(error: unknown): boolean {
  return error instanceof Error && (error.name.startsWith("KafkaJS") || error instanceof RejoinNeeded);
}

/** Where the fetch began. kafkajs 2.2.4 has it on its batches, though not in its types. */
function fetchedOffsetOf(batch: object): number {
  if (!("fetchedOffset" in batch)) throw new Error("kafkajs's batch has no fetchedOffset: the driver knows 2.2.4.");
  return Number(batch.fetchedOffset);
}
