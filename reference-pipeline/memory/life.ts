import { closeTask } from "../core/close.ts";
import type { Effect, Job } from "../core/effects.ts";
import { leaveOpening, openTask } from "../core/open.ts";
import { processBatch } from "../core/process.ts";
import type { SourceInput } from "../core/stage.ts";
import type { OpenTask, Opening } from "../core/task.ts";
import { lastStableOffset } from "./log.ts";
import { carryOut, type EffectResult, type Seat } from "./driver.ts";

/** Why a life ended. `fenced`, `unknown`: as the core answered. `left`: closed in good order. */
export type LifeEnd = "left" | "fenced" | "unknown";

/** What the member around a task decides, between transactions. */
export interface Steering {
  /** Source offset from which the life leaves in good order, as a drain or an assignment makes it; null: at the end of the input. */
  leaveFrom: number | null;
  readonly activeFlags: (position: number) => ReadonlySet<string>;
  /** Records of one poll. */
  readonly batch: number;
}

/** One owner's time with a task, as a driver leads it: open, poll and process, close; after an unknown outcome, open again. */
function* lead(seat: Seat, steering: Steering, opening: Opening): Job<LifeEnd> {
  for (;;) {
    const opened = yield* openTask(seat.context, opening);
    if (opened.kind !== "open") return opened.kind;
    const end = yield* work(seat, steering, opened.task);
    if (end === "fenced") yield* closeTask(opened.task);
    if (end !== "unknown") return end;
  }
}

/** An open that is broken off, by a drain. */
function* leave({ context }: Seat, opening: Opening): Job<LifeEnd> {
  yield* leaveOpening(context, opening);
  return "left";
}

function* work(seat: Seat, steering: Steering, task: OpenTask): Job<LifeEnd> {
  for (;;) {
    let rest = poll(seat, steering);
    if (rest.length === 0 || hasToLeave(seat, steering)) {
      yield* closeTask(task);
      return "left";
    }
    while (rest.length > 0) {
      const processed = yield* processBatch(task, rest, steering.activeFlags(seat.position));
      if (processed.kind !== "processed") return processed.kind;
      seat.position = (rest[processed.consumed - 1]?.offset ?? seat.position - 1) + 1;
      rest = hasToLeave(seat, steering) ? [] : rest.slice(processed.consumed);
    }
  }
}

function hasToLeave({ position }: Seat, { leaveFrom }: Steering): boolean {
  return leaveFrom !== null && position >= leaveFrom;
}

function poll(seat: Seat, { batch }: Steering): readonly SourceInput[] {
  const { cluster, context, position } = seat;
  const { topics, partition, strategy, version, stage } = context;
  const there = strategy.readsUncommitted(version, stage.name)
    ? cluster.readUncommitted(topics.source, partition, position)
    : cluster.readCommitted(topics.source, partition, position);
  const polled = there.slice(0, batch);
  const last = polled.at(-1);
  if (last !== undefined) seat.fetchedTo = last.offset + 1;
  return polled;
}

/** How an effect goes wrong: its answer is lost, and it happened or did not. */
export type LostAnswer = "happened" | "not-happened";

/** Effects whose answer says whether they happened. */
export const answered: ReadonlySet<Effect["kind"]> = new Set<Effect["kind"]>([
  "fence",
  "send",
  "send-plainly",
  "send-offsets",
  "commit",
  "abort",
  "commit-offsets-plainly",
]);

/** A life that is stepped effect by effect. */
export class Life {
  readonly seat: Seat;
  readonly #steering: Steering;
  readonly #opening: Opening = { restoring: null };
  #job: Job<LifeEnd>;
  #result: EffectResult = undefined;
  #waiting: Effect | null = null;
  /** From its start to what it says at the end of its open. */
  #isOpening = true;
  end: LifeEnd | null = null;

  constructor(seat: Seat, steering: Steering) {
    this.seat = seat;
    this.#steering = steering;
    this.#job = lead(seat, steering, this.#opening);
  }

  /** The group gave the task to somebody else, or the member drains: the life leaves when its transaction is over. */
  revoke(): void {
    this.#steering.leaveFrom = 0;
  }

  /** The member drains: the life leaves in good order, at once where the task is not open yet. */
  drain(): void {
    this.revoke();
    if (!this.#isOpening) return;
    this.#job = leave(this.seat, this.#opening);
    this.#waiting = null;
    this.#result = undefined;
    this.#isOpening = false;
  }

  /** Carries out the next effect and answers it, unless the answer is lost; null when the life has ended. */
  step(lost?: LostAnswer): Effect | null {
    const effect = this.#waiting ?? this.#next();
    if (effect === null) return null;
    this.#waiting = isUndecided(this.seat, effect) ? effect : null;
    if (this.#waiting !== null) return this.#await(effect);
    const isLost = lost !== undefined && answered.has(effect.kind);
    const result = isLost && lost === "not-happened" ? undefined : carryOut(this.seat, effect);
    const isSend = effect.kind === "send" || effect.kind === "send-plainly";
    this.#result = !isLost ? result : isSend ? { answer: "unknown" } : "unknown";
    if (effect.kind === "fence") this.#isOpening = true;
    if (effect.kind === "testify") this.#isOpening = false;
    return effect;
  }

  #next(): Effect | null {
    const { done, value } = this.#job.next(this.#result);
    if (done !== true) return value;
    this.end = value;
    return null;
  }

  /** Whoever has another owner's transaction before it was superseded, and leaves if it has heard of that; or the time-out passes. */
  #await(effect: Effect): Effect | null {
    if (this.#steering.leaveFrom !== 0) {
      this.seat.cluster.waitedFor += this.seat.cluster.expireTransactions();
      return effect;
    }
    this.end = "left";
    return null;
  }
}

/** A reading of a log waits for the fate of every record in it, and one that ends on a record for that record. */
function isUndecided({ cluster, context }: Seat, effect: Effect): boolean {
  if (effect.kind !== "changelog-read" && effect.kind !== "source-read") return false;
  const { topics, partition } = context;
  const log = cluster.log(effect.kind === "source-read" ? topics.source : topics.changelog, partition);
  const isMissed =
    effect.kind === "changelog-read" &&
    effect.endsOn === "last-record" &&
    effect.from < effect.to &&
    log.records.findLast(({ offset }) => offset < effect.to)?.offset !== effect.to - 1;
  return isMissed || lastStableOffset(log) < effect.to;
}
