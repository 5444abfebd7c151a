import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import { RollproofError } from "../base/errors.ts";
import type { RecordEvent } from "../model/event.ts";
import type { InputRecord } from "../model/pipeline.ts";

/** A record with its number in the stream, from 0. */
export interface NumberedRecord extends InputRecord {
  readonly index: number;
}

export interface LaneOptions {
  readonly topic: string;
  readonly partition: number;
  readonly stream: string;
  readonly bootstrap: readonly string[];
  readonly record: RecordEvent;
  readonly signal: AbortSignal;
}

const recordsPerSendMax = 500;
const disposeMsMax = 3_000;
/** Well below the broker's limit of a batch (1 MiB): one above it fails whole. */
const bytesPerSendMax = 200_000;
/** kafkajs's own default of 5 tries is shorter than a broker's crash (ground.md). */
const retry = { initialRetryTime: 30, maxRetryTime: 500, retries: 60, multiplier: 1.5 };
/** Answers that say that nothing was appended; any other error leaves it open. */
const definiteRefusals = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_TOPIC_EXCEPTION"]);

/**
 * Sends one partition's records in order, one send at a time, by an idempotent producer of its own. After an answer that
 * is not known (`info`) the producer is dropped: its sequence numbers would make the broker take other records for a
 * repeat of these.
 */
export class Lane implements AsyncDisposable {
  readonly #options: LaneOptions;
  readonly #queue: NumberedRecord[] = [];
  #producer: Producer | null = null;
  #working: Promise<void> | null = null;
  #sent = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Records handed to Kafka so far, whatever it answered. */
  get sent(): number {
    return this.#sent;
  }

  async connect(): Promise<void> {
    const { bootstrap, partition, topic } = this.#options;
    const kafka = new Kafka({
      clientId: `rollproof-workload-${partition}`,
      brokers: [...bootstrap],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      retry,
    });
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry,
    });
    try {
      await producer.connect();
    } catch (cause) {
      throw new RollproofError("kafka-unreachable", `The workload found no way to ${topic}-${partition}.`, {
        remedy: "Look into brokers/*/log of the run; the brokers may have no memory or no disk left.",
        cause,
      });
    }
    this.#producer = producer;
  }

  push(records: readonly NumberedRecord[]): void {
    this.#queue.push(...records);
  }

  /** What is queued and not being sent yet will not be sent. */
  forget(): void {
    this.#queue.length = 0;
  }

  /** Sends what is queued. Rejects only when no new producer can be had; one call works at a time. */
  async work(): Promise<void> {
    this.#working ??= this.#drain().finally(() => {
      this.#working = null;
    });
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.forget();
    // kafkajs cannot be told to give a send up; what it still tries when the run is over concerns nobody.
    await Promise.race([this.#working?.catch(() => undefined), sleep(disposeMsMax)]);
    await this.#drop();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0 && !this.#options.signal.aborted) {
      if (this.#producer === null) await this.connect();
      const batch = this.#queue.splice(0, sendable(this.#queue));
      const isKnown = await this.#send(batch);
      this.#sent += batch.length;
      if (!isKnown) await this.#drop();
    }
  }

  /** Whether the answer is known. */
  async #send(batch: readonly NumberedRecord[]): Promise<boolean> {
    const { stream, topic, partition, record } = this.#options;
    const indexes = runs(batch.map(({ index }) => index));
    const invoked = record({ kind: "send-invoked", stream, topic, partition, indexes, count: batch.length }).seq;
    try {
      const messages = batch.map(({ key, value }) => ({ key, value, partition }));
      const answers = await this.#producer?.send({ topic, acks: -1, timeout: 5_000, messages });
      // kafkajs can resolve without the records having been sent, when their leader moved: the answer must name them.
      const answer = answers?.find((one) => one.topicName === topic && one.partition === partition);
      const baseOffset = Number(answer?.baseOffset ?? -1);
      if (answer !== undefined && answer.errorCode === 0 && baseOffset >= 0) {
        record({ kind: "send-ok", invoked, baseOffset });
        return true;
      }
      record({ kind: "send-info", invoked, why: `the answer names no offset in ${topic}-${partition}` });
    } catch (error) {
      const isRefusal = definiteRefusals.has(errorType(error));
      record({ kind: isRefusal ? "send-fail" : "send-info", invoked, why: String(error) });
    }
    return false;
  }

  async #drop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }
}

/** How many records from the first make up one send. */
function sendable(queue: readonly NumberedRecord[]): number {
  let bytes = 0;
  let count = 0;
  for (const { key, value } of queue) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value) + 32;
    if (count > 0 && (count >= recordsPerSendMax || bytes > bytesPerSendMax)) break;
    count++;
  }
  return count;
}

/** Ascending numbers as [first, last] runs. */
function runs(indexes: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const index of indexes) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else found.push([index, index]);
  }
  return found;
}

/** Kafka's name of the error, also when kafkajs wrapped it. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("type" in error && typeof error.type === "string") return error.type;
  return errorType(error.cause);
}
