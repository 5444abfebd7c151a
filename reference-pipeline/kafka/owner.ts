import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, ChangelogRecord, Effect, EffectOf, Identity, Sent } from "../core/effects.ts";
import type { Opening, OpenTask } from "../core/task.ts";
import type { Refusal } from "./answers.ts";
import { readChangelog, type Reading } from "./changelog.ts";
import type { EffectResult } from "./drive.ts";
import type { TaskDisk } from "./disk.ts";
import type { Metrics } from "./metrics.ts";
import { KafkaUnavailable, patiently, Superseded, type Patience } from "./patience.ts";
import type { PlainProducer } from "./plain-producer.ts";
import type { Points } from "./points.ts";
import type { RawLog } from "./raw-log.ts";
import type { TaskProducer } from "./task-producer.ts";
import type { Testify } from "./testimony.ts";

/** The task that an owner works on, and what it works with. */
export interface OwnerWorld {
  readonly stage: string;
  readonly group: string;
  readonly source: string;
  readonly changelog: string;
  readonly sink: string;
  readonly partition: number;
  readonly disk: TaskDisk;
  readonly raw: RawLog;
  readonly points: Points;
  readonly metrics: Metrics;
  readonly testify: Testify;
  readonly fetchWaitMs: number;
  /** How long an open waits for Kafka before it starts afresh. */
  readonly deadlineMs: number;
  createProducer(identity: Identity, onRefusal: (during: string, refusal: Refusal) => void): TaskProducer;
  /** Only broken pipelines ask for it. */
  createPlainProducer(): PlainProducer;
  /** Committed offset of (group, source partition); null: none. One attempt. */
  committedOffset(): Promise<number | null>;
  /** The consumer's own commit, outside any transaction; null: done. */
  commitPlainly(nextOffset: number): Promise<Refusal | null>;
  /** Deletes the source below the offset. Only broken pipelines ask for it. */
  deleteSource(below: number): Promise<void>;
  seek(offset: number): void;
}

/**
 * One assignment of one task to this member: carries out the core's effects with its own producer. Superseded by a newer
 * assignment or a drain; what is then still on its way in Kafka is as good as a zombie's, and the next fence resolves it.
 */
export class Owner {
  readonly #world: OwnerWorld;
  #producer: TaskProducer | null = null;
  #plain: PlainProducer | null = null;
  #superseded = false;
  /** Sink records of the open transaction. */
  #outputs = 0;
  /** The task once it is open. */
  task: OpenTask | null = null;
  /** How far the open has come that is under way. */
  opening: Opening = { restoring: null };
  /** Next offset to take from the consumer; it passes markers and aborted records, the task's own `next` does not. */
  position = 0;
  /** Behind the last batch that the consumer has handed over; null: none yet. */
  fetchedTo: number | null = null;
  /** Input offset of the newest checkpoint on this disk; null: none. */
  checkpointNext: number | null;
  fenced = false;
  /** The next batch is passed over (DriverStrategy.dropsFetchedAfterMs). */
  dropsNext = false;
  /** Input offset of the checkpoint that is written but not yet published. */
  #written: number | null = null;

  constructor(world: OwnerWorld) {
    this.#world = world;
    const newest = world.disk.listCheckpoints().at(-1);
    this.checkpointNext = newest === undefined ? null : inputNextOf(world.disk.loadCheckpoint(newest));
  }

  get name(): string {
    return `${this.#world.stage}-${this.#world.partition}`;
  }

  get isSuperseded(): boolean {
    return this.#superseded;
  }

  /** A newer owner comes. An open that is under way ends here; a transaction may still be aborted in order (Task). */
  supersede(): void {
    this.#superseded = true;
    if (this.task !== null) return;
    this.dropProducer();
    // A member that leaves does not stay parked in an open that nobody wants any more.
    this.#world.points.letGo(this.name);
  }

  /** Throws Superseded once a newer owner is in place. */
  readonly stillWanted = (): void => {
    if (this.#superseded) throw new Superseded(`${this.name} has a newer owner.`);
  };

  dropProducer(): void {
    const producer = this.#producer;
    const plain = this.#plain;
    this.#producer = null;
    this.#plain = null;
    producer?.drop();
    plain?.drop();
  }

  readonly carryOut = (effect: Effect): EffectResult | Promise<EffectResult> => {
    const { disk, points, stage, partition } = this.#world;
    switch (effect.kind) {
      case "store-load":
        return disk.loadStore();
      case "store-put":
        return disk.putStore(effect.key, effect.value);
      case "store-replace":
        return disk.replaceStore(effect.entries);
      case "clean-read":
        return disk.readClean();
      case "clean-write":
        return disk.writeClean(effect.content);
      case "clean-remove":
        return disk.removeClean();
      case "checkpoint-list":
        return disk.listCheckpoints();
      case "checkpoint-load":
        return disk.loadCheckpoint(effect.n);
      case "checkpoint-write":
        this.#written = inputNextOf(effect.bytes);
        return disk.writeCheckpoint(effect.n, effect.bytes);
      case "checkpoint-write-in-place":
        this.checkpointNext = inputNextOf(effect.bytes);
        return disk.writeCheckpointInPlace(effect.n, effect.bytes);
      case "checkpoint-publish":
        return this.#publish(effect.n);
      case "checkpoint-delete":
        return disk.deleteCheckpoint(effect.n);
      case "point":
        return points.reach(effect.point, stage, partition) ?? undefined;
      case "testify":
        return this.#testify(effect);
      default:
        return this.#askKafka(effect);
    }
  };

  #askKafka(effect: Exclude<Effect, EffectOf<DiskEffect>>): EffectResult | Promise<EffectResult> {
    const { raw, source, changelog, partition } = this.#world;
    switch (effect.kind) {
      case "fence":
        return this.#fence(effect.identity);
      case "committed-offset":
        return patiently(this.#patience("the committed offset"), () => this.#world.committedOffset());
      case "source-start":
        return patiently(this.#patience("the source's first offset"), () => raw.logStart(source, partition));
      case "source-end":
        return patiently(this.#patience("the source's end"), () => raw.highWatermark(source, partition));
      case "source-read":
        return this.#readLog({ ...effect, topic: source, endsOn: "position" });
      case "source-delete":
        return this.#world.deleteSource(effect.below);
      case "fetch-position":
        return this.fetchedTo;
      case "changelog-end":
        return patiently(this.#patience("the changelog's end"), () => raw.highWatermark(changelog, partition));
      case "changelog-read":
        return this.#readChangelog(effect);
      case "wait-before-reread":
        return sleep(Math.min(1_000, 50 * effect.attempt));
      case "seek":
        this.position = effect.offset;
        return this.#world.seek(effect.offset);
      case "begin":
        return this.#mine().begin();
      case "send":
        return this.#send(effect);
      case "send-plainly":
        return (this.#plain ??= this.#world.createPlainProducer()).send(effect.topic, partition, effect.records);
      case "send-offsets":
        return this.#mine().sendOffsets(this.#world.group, source, partition, effect.nextOffset);
      case "commit-offsets-plainly":
        return this.#commitPlainly(effect.nextOffset);
      case "commit":
        return this.#commit();
      case "abort":
        return this.#abort();
      default:
        return effect satisfies never;
    }
  }

  async #fence(identity: Identity): Promise<Answer> {
    this.dropProducer();
    this.#producer = this.#world.createProducer(identity, (during, refusal) => this.#refused(during, refusal));
    return await this.#producer.fence();
  }

  async #readChangelog(reading: EffectOf<"changelog-read">): Promise<EffectResult> {
    const { changelog, metrics, stage } = this.#world;
    if (reading.from < reading.to) metrics.add("rollproof_restores_total", stage);
    return await this.#readLog({ ...reading, topic: changelog });
  }

  async #readLog({ topic, ...reading }: Reading & { readonly topic: string }): Promise<readonly ChangelogRecord[]> {
    const { raw, partition, fetchWaitMs } = this.#world;
    const patience = this.#patience(topic);
    let progressed = { position: reading.from, at: performance.now() };
    return await readChangelog(reading, async (position) => {
      if (position > progressed.position) progressed = { position, at: performance.now() };
      else if (performance.now() - progressed.at > patience.deadlineMs)
        throw new KafkaUnavailable(`${topic} of ${this.name} stands at ${position} before ${reading.to}.`);
      return await patiently(patience, () => raw.fetch(topic, partition, position, fetchWaitMs));
    });
  }

  async #send({ topic, partition, records }: EffectOf<"send">): Promise<Sent> {
    const sent = await this.#mine().send(topic, partition, records);
    if (topic === this.#world.sink) this.#outputs += records.length;
    return sent;
  }

  async #commitPlainly(nextOffset: number): Promise<Answer> {
    const refusal = await this.#world.commitPlainly(nextOffset);
    if (refusal === null) return "ok";
    this.#refused("commit-offsets-plainly", refusal);
    return refusal.answer;
  }

  async #commit(): Promise<Answer> {
    const answer = await this.#mine().commit();
    const { metrics, stage } = this.#world;
    if (answer === "ok") {
      metrics.add("rollproof_transactions_committed_total", stage);
      metrics.add("rollproof_records_out_total", stage, this.#outputs);
    }
    this.#outputs = 0;
    return answer;
  }

  async #abort(): Promise<Answer> {
    this.#outputs = 0;
    this.#world.metrics.add("rollproof_transactions_aborted_total", this.#world.stage);
    return await this.#mine().abort();
  }

  #publish(n: number): void {
    this.#world.disk.publishCheckpoint(n);
    this.checkpointNext = this.#written;
  }

  /** The driver says `fenced` and `unknown` itself, with the error (#refused). */
  #testify({ said, body }: EffectOf<"testify">): void {
    if (said !== "fenced" && said !== "unknown") this.#world.testify(said, this.name, body);
  }

  #mine(): TaskProducer {
    if (this.#producer === null) throw new Error(`${this.name} has no producer: its task was not fenced.`);
    return this.#producer;
  }

  #refused(during: string, { answer, error }: Refusal): void {
    const { metrics, stage, testify } = this.#world;
    if (this.#superseded && this.task === null) return;
    const transactionalId = this.#producer?.transactionalId ?? null;
    metrics.add(answer === "fenced" ? "rollproof_fences_total" : "rollproof_transactions_unknown_total", stage);
    testify(answer, this.name, { during, error, transactionalId });
  }

  #patience(what: string): Patience {
    return { what: `${what} of ${this.name}`, deadlineMs: this.#world.deadlineMs, stillWanted: this.stillWanted };
  }
}

/** Input offset in a checkpoint's header line; null where there is none to read. */
function inputNextOf(bytes: Uint8Array | null): number | null {
  if (bytes === null) return null;
  try {
    const header: unknown = JSON.parse(Buffer.from(bytes.subarray(0, bytes.indexOf(0x0a))).toString("utf8"));
    const isLabelled = typeof header === "object" && header !== null && "inputNext" in header;
    return isLabelled && typeof header.inputNext === "number" ? header.inputNext : null;
  } catch {
    return null;
  }
}

/** Effects that ask nothing of Kafka. */
type DiskEffect =
  | "store-load"
  | "store-put"
  | "store-replace"
  | "clean-read"
  | "clean-write"
  | "clean-remove"
  | "checkpoint-list"
  | "checkpoint-load"
  | "checkpoint-write"
  | "checkpoint-publish"
  | "checkpoint-write-in-place"
  | "checkpoint-delete"
  | "point"
  | "testify";
