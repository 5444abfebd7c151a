import type { Sender, Transaction } from "kafkajs";
import type { Answer, OutRecord, Sent } from "../core/effects.ts";
import { refusalOf, type Refusal } from "./answers.ts";
import type { OwnedProducer } from "./clients.ts";

export interface TaskProducerOptions {
  readonly transactionalId: string;
  readonly requestTimeoutMs: number;
  /** A send larger than this is refused before it is tried: the broker would refuse the batch whole. */
  readonly sendBytesMax: number;
  /** Told of every answer that is not ok. */
  readonly onRefusal: (during: string, refusal: Refusal) => void;
}

export interface SendOrder {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutRecord[];
  readonly timeoutMs: number;
}

/** Sends to one partition; resolves with the offset of the first record. */
export async function sendRecords(to: Pick<Sender, "send">, order: SendOrder): Promise<number> {
  const { topic, partition, records, timeoutMs } = order;
  const reply = await to.send({
    topic,
    acks: -1,
    timeout: timeoutMs,
    messages: records.map((record) => ({
      key: Buffer.from(record.key),
      value: record.value === null ? null : Buffer.from(record.value),
      headers: { ...record.headers },
      partition,
    })),
  });
  const named = reply.find((part) => part.topicName === topic && part.partition === partition);
  if (named?.baseOffset === undefined || Number(named.baseOffset) < 0)
    throw new Error(`The reply to a send does not name ${topic}-${partition}.`);
  return Number(named.baseOffset);
}

/**
 * One owner's transactional producer for one task. It is never used again after an answer other than ok: the next owner's
 * fence resolves what it left open.
 */
export class TaskProducer {
  readonly #owned: OwnedProducer;
  readonly #options: TaskProducerOptions;
  #transaction: Transaction | null = null;

  constructor(owned: OwnedProducer, options: TaskProducerOptions) {
    this.#owned = owned;
    this.#options = options;
  }

  get transactionalId(): string {
    return this.#options.transactionalId;
  }

  /**
   * `connect` initialises nothing in kafkajs: the first `transaction()` sends InitProducerId, which succeeds only once the
   * previous owner's markers are written. The abort of the empty transaction sends nothing.
   */
  async fence(): Promise<Answer> {
    return await this.#try("fence", async () => {
      await this.#owned.producer.connect();
      const transaction = await this.#owned.producer.transaction();
      await transaction.abort();
    });
  }

  /** Asks nothing of Kafka: the transaction begins there with its first send. */
  async begin(): Promise<void> {
    this.#transaction = await this.#owned.producer.transaction();
  }

  /** One partition a call, with the partition given; a reply that does not name it with an offset is `unknown`. */
  async send(topic: string, partition: number, records: readonly OutRecord[]): Promise<Sent> {
    const bytes = records.reduce((sum, record) => sum + record.key.length + (record.value?.length ?? 0) + 100, 0);
    if (bytes > this.#options.sendBytesMax)
      throw new Error(
        `A send to ${topic}-${partition} has ${bytes} bytes, more than ${this.#options.sendBytesMax}. Lower maxPerTransaction.`,
      );
    let baseOffset: number | null = null;
    const answer = await this.#try("send", async () => {
      const timeoutMs = this.#options.requestTimeoutMs;
      baseOffset = await sendRecords(this.#active(), { topic, partition, records, timeoutMs });
    });
    if (answer !== "ok") return { answer };
    return baseOffset === null ? { answer: "unknown" } : { answer: "ok", baseOffset };
  }

  async sendOffsets(group: string, topic: string, partition: number, nextOffset: number): Promise<Answer> {
    const topics = [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }];
    return await this.#try(
      "send-offsets",
      async () => await this.#active().sendOffsets({ consumerGroupId: group, topics }),
    );
  }

  async commit(): Promise<Answer> {
    return await this.#try("commit", async () => await this.#active().commit());
  }

  async abort(): Promise<Answer> {
    return await this.#try("abort", async () => await this.#active().abort());
  }

  /** Ends it at once; what is open in Kafka stays open until the next fence. */
  drop(): void {
    this.#owned.cutOff();
    this.#owned.producer.disconnect().catch(() => undefined);
  }

  #active(): Transaction {
    if (this.#transaction === null) throw new Error("No transaction was begun.");
    return this.#transaction;
  }

  async #try(during: string, ask: () => Promise<unknown>): Promise<Answer> {
    try {
      await ask();
      return "ok";
    } catch (error) {
      const refusal = refusalOf(error);
      this.#options.onRefusal(during, refusal);
      return refusal.answer;
    }
  }
}
