import type { OutRecord, Sent } from "../core/effects.ts";
import { refusalOf } from "./answers.ts";
import type { OwnedProducer } from "./clients.ts";
import { sendRecords } from "./task-producer.ts";

/** A producer outside transactions: what it sends is there at once, and nobody fences it. */
export class PlainProducer {
  readonly #owned: OwnedProducer;
  readonly #timeoutMs: number;
  #isConnected = false;

  constructor(owned: OwnedProducer, timeoutMs: number) {
    this.#owned = owned;
    this.#timeoutMs = timeoutMs;
  }

  async send(topic: string, partition: number, records: readonly OutRecord[]): Promise<Sent> {
    const { producer } = this.#owned;
    try {
      if (!this.#isConnected) await producer.connect();
      this.#isConnected = true;
      const order = { topic, partition, records, timeoutMs: this.#timeoutMs };
      return { answer: "ok", baseOffset: await sendRecords(producer, order) };
    } catch (error) {
      return { answer: refusalOf(error).answer };
    }
  }

  drop(): void {
    this.#owned.cutOff();
    this.#owned.producer.disconnect().catch(() => undefined);
  }
}
