import { evictionOf } from "./answers.ts";

/** Thrown out of a handler (or a fetch) to make kafkajs join the group again: its runner looks at `type`. */
export class RejoinNeeded extends Error {
  override readonly name = "RejoinNeeded";
  readonly type = "REBALANCE_IN_PROGRESS";
  readonly retriable = true;
}

export interface LeaseOptions {
  readonly heartbeat: () => Promise<void>;
  readonly everyMs: number;
  /** The group has heard of this member within a session time-out. */
  readonly isLivingMember: () => boolean;
}

/**
 * The membership of a handler while it works: kafkajs heartbeats only between fetches and handlers, so it calls heartbeat()
 * by itself, also while the task is parked. An eviction (a rebalance, an expired session) is kept until the
 * transaction at hand is over; leaving earlier would abort it for nothing. So is a silence of the group that is longer than the
 * session: kafkajs looks for another coordinator only when it joins, so a handler that waited for the old one would wait for ever.
 */
export class HandlerLease implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #options: LeaseOptions;
  readonly #evicted = Promise.withResolvers<void>();
  #eviction: unknown = null;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#beat(), options.everyMs);
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
    if (!this.#options.isLivingMember())
      this.#evict(new RejoinNeeded("The group was silent for longer than the session."));
    try {
      await this.#options.heartbeat();
    } catch (error) {
      // Other errors (a link that is cut) are ridden out as long as the session lasts.
      if (evictionOf(error) !== null) this.#evict(error);
    }
  }

  #evict(why: unknown): void {
    this.#eviction ??= why;
    this.#evicted.resolve();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
