import { evictionOf } from "./answers.ts";

/** Thrown out of a handler (or a fetch) to make kafkajs join the group again: its runner looks at `type`. */
export class RejoinNeeded extends Error {
  override readonly name = "RejoinNeeded";
  readonly type = "REBALANCE_IN_PROGRESS";
  readonly retriable = true;
}

/**
 * The membership of a handler while it works: kafkajs heartbeats only between fetches and handlers, so it calls heartbeat()
 * by itself, also while the task is parked. An eviction (a rebalance, an expired session) is kept until the
 * transaction at hand is over; leaving earlier would abort it for nothing.
 */
export class HandlerLease implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #heartbeat: () => Promise<void>;
  readonly #evicted = Promise.withResolvers<void>();
  #eviction: unknown = null;

  constructor(heartbeat: () => Promise<void>, everyMs: number) {
    this.#heartbeat = heartbeat;
    this.#timer = setInterval(() => void this.#beat(), everyMs);
  }

  /** Resolves at an eviction, else never. */
  get evicted(): Promise<void> {
    return this.#evicted.promise;
  }

  /** Throws kafkajs's own error of the eviction, which makes its runner rejoin. */
  throwIfEvicted(): void {
    if (this.#eviction !== null) throw this.#eviction;
  }

  async #beat(): Promise<void> {
    try {
      await this.#heartbeat();
    } catch (error) {
      // Other errors (a link that is cut) are kafkajs's to ride out: it heartbeats again after the handler.
      if (evictionOf(error) === null || this.#eviction !== null) return;
      this.#eviction = error;
      this.#evicted.resolve();
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
