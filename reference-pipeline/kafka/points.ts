import { setTimeout as sleep } from "node:timers/promises";
import type { PointOrder } from "./config.ts";
import type { Testify } from "./testimony.ts";

/** A parked task goes on by itself after this long without a word from the harness (design §6). */
const parkTimeoutMs = 10_000;
const lookEveryMs = 20;

interface Armed {
  readonly order: PointOrder;
  /** Hits per task since the arming; a task parks once. */
  readonly hits: Map<number, number>;
}

/** The points at which tasks park. A parked task keeps its transaction, its locks and its heartbeats. */
export class Points {
  readonly #testify: Testify;
  readonly #timeoutMs: number;
  readonly #parked = new Set<string>();
  #armed: Armed[];
  /** Rises with each DELETE; who parked under an older number goes on. */
  #release = 0;
  /** When the harness last armed or released anything, by the monotonic clock. */
  #actedAt = performance.now();

  constructor(testify: Testify, orders: readonly PointOrder[], timeoutMs = parkTimeoutMs) {
    this.#testify = testify;
    this.#timeoutMs = timeoutMs;
    this.#armed = orders.map(armed);
  }

  arm(order: PointOrder): void {
    this.#actedAt = performance.now();
    this.#armed.push(armed(order));
  }

  /** Disarms everything and lets the parked go on. */
  releaseAll(): void {
    this.#actedAt = performance.now();
    this.#armed = [];
    this.#release += 1;
  }

  /** The task goes on from where it is parked; its points stay armed. */
  letGo(task: string): void {
    this.#parked.delete(task);
  }

  isParked(task: string): boolean {
    return this.#parked.has(task);
  }

  /** A task reached a point: returns null at once where nothing is armed, else a promise that resolves at the release. */
  reach(point: string, stage: string, partition: number): Promise<void> | null {
    const hit = this.#armed.find((entry) => takes(entry, point, stage, partition));
    return hit === undefined ? null : this.#park(point, stage, partition, hit.order.nth);
  }

  async #park(point: string, stage: string, partition: number, nth: number): Promise<void> {
    const task = `${stage}-${partition}`;
    const release = this.#release;
    const began = performance.now();
    this.#parked.add(task);
    this.#testify("at-point", task, { point, stage, partition, nth });
    let why = "deleted";
    while (this.#release === release) {
      if (!this.#parked.has(task)) {
        why = "left";
        break;
      }
      if (performance.now() - Math.max(began, this.#actedAt) > this.#timeoutMs) {
        why = "timeout";
        break;
      }
      await sleep(lookEveryMs);
    }
    this.#parked.delete(task);
    this.#testify("point-released", task, { point, stage, partition, why });
  }
}

function armed(order: PointOrder): Armed {
  return { order, hits: new Map() };
}

/** Counts the hit; true when it is the one at which this task parks. */
function takes(entry: Armed, point: string, stage: string, partition: number): boolean {
  const { order, hits } = entry;
  if (order.point !== point || order.stage !== stage) return false;
  if (order.partition !== undefined && order.partition !== null && order.partition !== partition) return false;
  const count = (hits.get(partition) ?? 0) + 1;
  hits.set(partition, count);
  return count === order.nth;
}
