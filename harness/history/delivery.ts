import type { HistoryItem } from "../model/history.ts";

type Fold<T> = (item: T) => void;

/**
 * Hands items to subscribers in seq order. A fold that records something while it is being called does not overtake:
 * its item waits until everyone has had the present one. A fold that throws is told to `threw` and detached, because
 * its state cannot be trusted any more.
 */
export function beginDelivery(threw: (error: unknown) => void): {
  deliver(item: HistoryItem): void;
  onEvents(fold: Fold<Extract<HistoryItem, { kind: "event" }>["event"]>): Disposable;
  onFrames(fold: Fold<Extract<HistoryItem, { kind: "frame" }>["batch"]>): Disposable;
} {
  const folds = new Set<Fold<HistoryItem>>();
  const queue: HistoryItem[] = [];
  let busy = false;

  function attach(fold: Fold<HistoryItem>): Disposable {
    folds.add(fold);
    return { [Symbol.dispose]: () => void folds.delete(fold) };
  }
  function handOut(item: HistoryItem): void {
    for (const fold of folds)
      try {
        fold(item);
      } catch (error) {
        folds.delete(fold);
        threw(error);
      }
  }
  return {
    deliver(item) {
      queue.push(item);
      if (busy) return;
      busy = true;
      try {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) handOut(next);
      } finally {
        busy = false;
      }
    },
    onEvents: (fold) => attach((item) => (item.kind === "event" ? fold(item.event) : undefined)),
    onFrames: (fold) => attach((item) => (item.kind === "frame" ? fold(item.batch) : undefined)),
  };
}
