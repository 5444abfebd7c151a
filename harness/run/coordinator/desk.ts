import { RollproofError } from "../../base/errors.ts";
import type { Recorder } from "../../history/recorder.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Ways } from "../../model/way-back.ts";
import type { UpgradeOutcome } from "../../upgrade/engine.ts";
import { advance, beginState, versionOf, type UpgradeEntry, type UpgradeState } from "../../upgrade/state.ts";
import { answerTo, type Hands } from "./answers.ts";
import { errorOf, failureOf } from "./failure.ts";
import type { Answer, Beginning, Demand, FromCoordinator, ToCoordinator } from "./protocol.ts";

export interface DeskOptions {
  readonly ways: Ways;
  readonly recorder: Pick<Recorder, "record" | "subscribe">;
  /** As the history is when a coordinator begins. */
  readonly beginning: () => Beginning;
  readonly hands: Hands;
  /** The run's. */
  readonly signal: AbortSignal;
  /** A coordinator that leaves so many pings in a row without an answer, one a second, hangs. */
  readonly pingsMissedMax: number;
}

/** A coordinator on the line. */
export interface Client {
  send(message: ToCoordinator): void;
}

/** Between two hand-overs of events, and between two pings. */
const [everyMs, pingMs] = [10, 1_000];

/**
 * The harness's side of the upgrade: hands each coordinator the history, does what it demands, and knows what its journal holds. Only
 * the latest is served: a demand of an older one is refused as `coordinator-fenced`.
 */
export class UpgradeDesk implements Disposable {
  readonly #options: DeskOptions;
  readonly #outcome = Promise.withResolvers<UpgradeOutcome>();
  /** Calls of the latest that are under way. */
  readonly #calls = new Map<number, AbortController>();
  #latest: Client | null = null;
  #state: UpgradeState;
  #queue: HistoryEvent[] = [];
  #feed: Disposable | null = null;
  /** Since the latest last said something. Counted, not timed: the harness itself may have stood still. */
  #pingsMissed = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#state = beginState(options.ways);
    this.#outcome.promise.catch(() => undefined); // whoever waits for it is told
  }

  /** Rejects with what a coordinator failed for. */
  get outcome(): Promise<UpgradeOutcome> {
    return this.#outcome.promise;
  }

  /** The version at which a member is to be brought up now, as far as the journal was reported; null: that of before the upgrade. */
  versionOf(member: string): string | null {
    return versionOf(this.#state, member);
  }

  /** Serves this coordinator and none before it: the history so far, then each event after it. */
  serve(client: Client): void {
    const { recorder, beginning } = this.#options;
    this.#feed?.[Symbol.dispose]();
    this.#calls.clear(); // what the one before it asked for is done all the same
    this.#latest = client;
    this.#queue = [];
    client.send({ kind: "begin", beginning: beginning() });
    const feed = new DisposableStack();
    feed.use(recorder.subscribe((event) => void this.#queue.push(event)));
    const timers = [
      setInterval(() => this.#handOver(client), everyMs),
      setInterval(() => this.#listenFor(client), pingMs),
    ];
    feed.defer(() => timers.forEach(clearInterval));
    this.#pingsMissed = 0;
    this.#feed = feed;
  }

  hear(message: FromCoordinator, from: Client): void {
    if (from === this.#latest) this.#pingsMissed = 0;
    switch (message.kind) {
      case "call":
        void this.#meet(message.call, message.demand, from);
        return;
      case "cancel":
        if (from === this.#latest) this.#calls.get(message.call)?.abort();
        return;
      case "tell":
        this.#options.recorder.record(message.event);
        return;
      case "pong":
        return;
      case "over":
        return this.#outcome.resolve(message.outcome);
      case "failed":
        return this.#outcome.reject(errorOf(message.failure));
      default:
        message satisfies never;
    }
  }

  /** It has ended: nothing is said to it any more, nor expected. */
  dismiss(client: Client): void {
    if (client === this.#latest) this.#feed?.[Symbol.dispose]();
  }

  /** Ends the upgrade, unless it is over. */
  fail(why: unknown): void {
    this.#outcome.reject(why);
  }

  [Symbol.dispose](): void {
    this.#feed?.[Symbol.dispose]();
    for (const call of this.#calls.values()) call.abort();
  }

  #handOver(client: Client): void {
    if (this.#queue.length === 0) return;
    client.send({ kind: "events", events: this.#queue });
    this.#queue = [];
  }

  /** Nobody else would notice that it has been stopped: the run would wait indefinitely. */
  #listenFor(client: Client): void {
    client.send({ kind: "ping" });
    this.#pingsMissed += 1;
    if (this.#pingsMissed <= this.#options.pingsMissedMax) return;
    const message = `The upgrade's coordinator has left ${this.#options.pingsMissedMax} pings without an answer, one a second.`;
    const remedy = "See what has stopped its process, or use a machine with less load.";
    this.#outcome.reject(new RollproofError("environment-unavailable", message, { remedy }));
  }

  async #meet(call: number, demand: Demand, from: Client): Promise<void> {
    const answer = await this.#answer(call, demand, from).catch((cause: unknown): Answer => ({
      kind: "refused",
      failure: failureOf(cause),
    }));
    from.send({ kind: "answer", call, answer });
  }

  async #answer(call: number, demand: Demand, from: Client): Promise<Answer> {
    if (from !== this.#latest)
      throw new RollproofError("coordinator-fenced", "A newer coordinator has taken the upgrade over.", {
        remedy: "Let the newer one carry on, or end it and start another.",
      });
    if (demand.kind === "opened") {
      this.#state = demand.entries.reduce(advance, beginState(this.#options.ways));
      return { kind: "done" };
    }
    if (demand.kind === "journalled") return await this.#journalled(demand.epoch, demand.entry);
    const calling = new AbortController();
    this.#calls.set(call, calling);
    try {
      return await answerTo(demand, this.#options.hands, AbortSignal.any([calling.signal, this.#options.signal]));
    } finally {
      if (this.#calls.get(call) === calling) this.#calls.delete(call);
    }
  }

  /** The record is told, and the faults that wait for it come before anything else does. */
  async #journalled(epoch: number, entry: UpgradeEntry): Promise<Answer> {
    this.#state = advance(this.#state, entry);
    const record = { entry: entry.kind, act: "act" in entry ? entry.act : null };
    this.#options.recorder.record({ kind: "upgrade-journalled", epoch, ...record });
    await this.#options.hands.faults.journalled(record);
    return { kind: "done" };
  }
}
