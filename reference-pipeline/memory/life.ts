import { closeTask } from "../core/close.ts";
import type { Effect, Job } from "../core/effects.ts";
import { openTask } from "../core/open.ts";
import { processBatch } from "../core/process.ts";
import type { SourceInput } from "../core/stage.ts";
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

/** One owner's time with a task, as a driver leads it: open, poll and process, close. */
function* lead(seat: Seat, steering: Steering): Job<LifeEnd> {
  const opened = yield* openTask(seat.context);
  if (opened.kind !== "open") return opened.kind;
  const { task } = opened;
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

function poll({ cluster, context, position }: Seat, { batch }: Steering): readonly SourceInput[] {
  return cluster.readCommitted(context.topics.source, context.partition, position).slice(0, batch);
}

/** How an effect goes wrong: its answer is lost, and it happened or did not. */
export type LostAnswer = "happened" | "not-happened";

/** Effects whose answer says whether they happened. */
export const answered: ReadonlySet<Effect["kind"]> = new Set<Effect["kind"]>([
  "fence",
  "send",
  "send-offsets",
  "commit",
  "abort",
  "commit-offsets-plainly",
]);

/** A life that is stepped effect by effect. */
export class Life {
  readonly seat: Seat;
  readonly #steering: Steering;
  readonly #job: Job<LifeEnd>;
  #result: EffectResult = undefined;
  #waiting: Effect | null = null;
  end: LifeEnd | null = null;

  constructor(seat: Seat, steering: Steering) {
    this.seat = seat;
    this.#steering = steering;
    this.#job = lead(seat, steering);
  }

  /** The group gave the task to somebody else, or the member drains: the life leaves when its transaction is over. */
  revoke(): void {
    this.#steering.leaveFrom = 0;
  }

  /** Carries out the next effect and answers it, unless the answer is lost; null when the life has ended. */
  step(lost?: LostAnswer): Effect | null {
    const effect = this.#waiting ?? this.#next();
    if (effect === null) return null;
    this.#waiting = isUndecided(this.seat, effect) ? effect : null;
    if (this.#waiting !== null) return this.#await(effect);
    const isLost = lost !== undefined && answered.has(effect.kind);
    const result = isLost && lost === "not-happened" ? undefined : carryOut(this.seat, effect);
    this.#result = !isLost ? result : effect.kind === "send" ? { answer: "unknown" } : "unknown";
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
      this.seat.cluster.expireTransactions();
      return effect;
    }
    this.end = "left";
    return null;
  }
}

/** A reading of the changelog waits for the fate of every record in it. */
function isUndecided({ cluster, context }: Seat, effect: Effect): boolean {
  if (effect.kind !== "changelog-read") return false;
  return lastStableOffset(cluster.log(context.topics.changelog, context.partition)) < effect.to;
}
