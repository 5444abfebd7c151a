import { monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopDelay {
  readonly maxMs: number;
  readonly meanMs: number;
}

const everyMs = 1_000;

/**
 * Reports the event loop's delay of each second past; the monitor does not keep the process alive. How late the report itself is
 * counts, too: a reset of the histogram forgets the interval that it falls into, and with it a stop of the process.
 */
export function watchLoopDelay(report: (delay: LoopDelay) => void): Disposable {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const lateMs = Math.max(0, now - before - everyMs);
    before = now;
    report({ maxMs: Math.max(toMs(histogram.max), lateMs), meanMs: toMs(histogram.mean) });
    histogram.reset();
  }, everyMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** The histogram counts in nanoseconds and says NaN or a huge minimum while it is empty. */
function toMs(nanos: number): number {
  return Number.isFinite(nanos) ? Math.round(nanos / 1e5) / 10 : 0;
}
