import { setTimeout as sleep } from "node:timers/promises";
import { RollproofError } from "../base/errors.ts";
import type { EndCause, Exit, MemberEnd, Process } from "../model/environment.ts";
import type { Ender } from "../base/injurable.ts";

/** What a seat does to the world. */
export interface SeatActs {
  /** Starts the next incarnation; resolves once the process is there. */
  start(version: string): Promise<Process>;
  /** Records the end and copies the disk. The seat starts nothing before this has resolved. */
  settle(process: Process, end: MemberEnd): Promise<void>;
  /** An automatic restart failed; nobody waits for it. */
  restartFailed(error: unknown): void;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** One incarnation. `isAsked` and `ender` say who is about to end it. */
interface Life {
  readonly process: Process;
  readonly settled: Promise<void>;
  isAsked: boolean;
  ender: Ender | null;
}

type State =
  | { readonly kind: "empty" }
  | { readonly kind: "starting" }
  /** Until its process has ended, a stop that is under way included. */
  | { readonly kind: "living"; readonly life: Life }
  /** The process has ended; its end is being recorded and its disk copied. */
  | { readonly kind: "settling"; readonly life: Life }
  /** It ended by itself and is started again after a pause, unless a command comes first. */
  | { readonly kind: "restarting"; readonly cancel: () => void };

/** After so many ends that nobody asked for, a member stays down: its program is broken, and the run says so. */
const unexpectedEndsMax = 20;
const restartAfterMs = 500;
/** The environment ends what is left after this time. */
const closeTimeoutMs = 30_000;

/**
 * The one owner of a member's life. Starts, stops and restarts are commands in one queue, so two of them never overlap, and
 * a process is started only when its predecessor has ended and its disk is copied. A member that ends by itself is
 * started again after a pause; every command cancels that.
 */
export class Seat {
  readonly #id: string;
  readonly #acts: SeatActs;
  readonly #signal: AbortSignal;
  readonly #closing = new AbortController();
  #state: State = { kind: "empty" };
  #latest: Life | null = null;
  #lastEnd: MemberEnd | null = null;
  /** The version that is to run here; null: the member is to be down. */
  #wanted: string | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #queued = 0;
  #unexpectedEnds = 0;

  /** After the signal, nothing is started again automatically. */
  constructor(id: string, acts: SeatActs, signal: AbortSignal) {
    this.#id = id;
    this.#acts = acts;
    this.#signal = signal;
  }

  get living(): Process | null {
    return this.#state.kind === "living" ? this.#state.life.process : null;
  }

  /** The latest incarnation, living or not; null before the first start. */
  get latest(): Process | null {
    return this.#latest?.process ?? null;
  }

  /** Joins a living process of the same version; refused beside one of another version, and after `close`. */
  async start(version: string): Promise<Process> {
    return await this.#next(async () => await this.#start(version));
  }

  /** SIGTERM, the end, and the copy of the disk. Resolves with the latest end; null: the member has never been started. */
  async stop(signal: AbortSignal): Promise<MemberEnd | null> {
    return await this.#next(async () => {
      signal.throwIfAborted();
      this.#wanted = null;
      await this.#end(AbortSignal.any([signal, this.#closing.signal]));
      return this.#lastEnd;
    }, signal);
  }

  /** The incarnation after `after`, started unless it is there already. `version` is asked for when the turn has come. */
  async restart(after: Process, version: () => string, signal: AbortSignal): Promise<Process> {
    return await this.#next(async () => {
      signal.throwIfAborted();
      const { living } = this;
      if (living !== null && living.incarnation > after.incarnation) return living;
      if (this.#wanted === null && this.#lastEnd !== null && this.#lastEnd.incarnation > after.incarnation)
        throw refusal(`${this.#id} has been started and stopped since (incarnation ${this.#lastEnd.incarnation}).`);
      return await this.#start(version());
    }, signal);
  }

  /** The latest incarnation ends by a fault's doing from now on. Of an earlier incarnation nothing changes. */
  blame(process: Process, ender: Ender | null): void {
    if (this.#latest?.process === process) this.#latest.ender = ender;
  }

  /** Resolves when this incarnation has ended, its end is recorded and its disk copied. */
  async settled(process: Process): Promise<void> {
    if (this.#latest?.process === process) await this.#latest.settled; // else it has a successor
  }

  /** Stops what lives or is about to live, for good. */
  async close(): Promise<void> {
    this.#closing.abort(refusal(`The members are being stopped, ${this.#id} too.`));
    await this.#next(async () => {
      this.#wanted = null;
      await this.#end(AbortSignal.timeout(closeTimeoutMs));
    }).catch(() => undefined); // the environment ends what outlives this
  }

  async #start(version: string): Promise<Process> {
    this.#closing.signal.throwIfAborted();
    if (this.#state.kind === "living") {
      const { process, isAsked } = this.#state.life;
      if (process.version === version && !isAsked) return process;
      throw refusal(`${this.#id} still runs at ${process.version}${isAsked ? " although it was stopped" : ""}.`);
    }
    await this.#latest?.settled;
    this.#state = { kind: "starting" };
    this.#wanted = version;
    try {
      return this.#enter(await this.#acts.start(version));
    } catch (cause) {
      this.#state = { kind: "empty" };
      this.#wanted = null;
      throw cause;
    }
  }

  #enter(process: Process): Process {
    const settled = Promise.withResolvers<void>();
    const life: Life = { process, settled: settled.promise, isAsked: false, ender: null };
    this.#state = { kind: "living", life };
    this.#latest = life;
    void this.#live(life).finally(settled.resolve);
    return process;
  }

  async #live(life: Life): Promise<void> {
    const { process } = life;
    const exit = await process.ended;
    const end = { incarnation: process.incarnation, exit, cause: causeOf(life, exit, this.#closing.signal.aborted) };
    this.#state = { kind: "settling", life };
    this.#lastEnd = end;
    if (end.cause === "unexpected") this.#unexpectedEnds += 1;
    try {
      await this.#acts.settle(process, end);
    } finally {
      this.#state = { kind: "empty" };
      this.#reconsider();
    }
  }

  /** Ends the living process, if any, and waits until its end is settled. */
  async #end(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === "living") {
      const { life } = this.#state;
      // One that is gone already has ended by itself, although the news of it has not arrived.
      if ((await life.process.state().catch(() => "running")) !== "gone") life.isAsked = true;
      await life.process.do("stop", signal);
    }
    await this.#latest?.settled;
  }

  /** Runs the command after those before it. A signal ends the caller's wait; the command then looks at it first. */
  async #next<T>(command: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#state.kind === "restarting") {
      this.#state.cancel();
      this.#state = { kind: "empty" };
    }
    this.#queued += 1;
    const result = this.#queue.then(command);
    const over = (): void => {
      this.#queued -= 1;
      this.#reconsider();
    };
    this.#queue = result.then(over, over);
    return await (signal === undefined ? result : orAborted(result, signal));
  }

  /** Where a member that ended by itself is to run and no command is left, it is started again after a pause. */
  #reconsider(): void {
    if (this.#queued > 0 || this.#state.kind !== "empty" || this.#wanted === null) return;
    if (this.#lastEnd?.cause !== "unexpected" || this.#unexpectedEnds > unexpectedEndsMax) return;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#signal, this.#closing.signal]);
    this.#state = { kind: "restarting", cancel: () => over.abort() };
    void this.#restartAfterPause(this.#wanted, signal);
  }

  async #restartAfterPause(version: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#acts.pause(restartAfterMs, signal);
    } catch {
      return; // called off
    }
    if (signal.aborted) return;
    await this.#next(async () => await this.#start(version)).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#acts.restartFailed(error);
    });
  }
}

/** The pause of a real seat; it keeps no process alive. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false });
}

/** A stop sends SIGTERM and nothing else, and a crash SIGKILL: an end that looks otherwise came by itself. */
function causeOf({ isAsked, ender }: Life, { signal }: Exit, isClosing: boolean): EndCause {
  if (ender !== null && (ender !== "crash" || signal === "SIGKILL")) return "fault";
  return isAsked && (signal !== "SIGKILL" || isClosing) ? "asked" : "unexpected";
}

function refusal(message: string): RollproofError {
  return new RollproofError("interrupted", message, { remedy: "None is needed: whoever asked gives up." });
}

async function orAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([result, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    aborted.promise.catch(() => undefined);
    result.catch(() => undefined);
  }
}
