import { runNanos, seq } from "./brand.ts";
import type { HistoryEvent, RecordEvent, Subscribe } from "./event.ts";

/** What the history's recorder is to those who write and follow it, without a file: unless a clock is given, each event is a nanosecond after the last. */
export class FakeHistory {
  readonly events: HistoryEvent[] = [];
  readonly #folds = new Set<(event: HistoryEvent) => void>();
  readonly #now: () => number;

  constructor(now?: () => number) {
    this.#now = now ?? (() => this.events.length);
  }

  readonly record: RecordEvent = (body) => {
    const event: HistoryEvent = { ...body, seq: seq(this.events.length), at: runNanos(this.#now()) };
    this.events.push(event);
    for (const fold of this.#folds) fold(event);
    return event;
  };

  readonly subscribe: Subscribe = (fold) => {
    this.#folds.add(fold);
    return { [Symbol.dispose]: () => void this.#folds.delete(fold) };
  };
}
