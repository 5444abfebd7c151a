import { monitorEventLoopDelay } from "node:perf_hooks";

export interface LoopDelay {
  readonly maxMs: number;
  readonly meanMs: number;
}

/** Reports the event loop's delay of each second past; the monitor does not keep the process alive. */
export function watchLoopDelay(report: (delay: LoopDelay) => void): Disposable {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  const timer = setInterval(() => {
    report({ maxMs: toMs(histogram.max), meanMs: toMs(histogram.mean) });
    histogram.reset();
  }, 1_000);
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
