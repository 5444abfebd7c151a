import { beginHistogram, count, merge, percentile, type Histogram } from "../base/histogram.ts";
import type { EventBody } from "../model/event.ts";

/** How long a stage took for so many records. */
export interface Took {
  readonly stage: string;
  readonly ms: number;
  readonly records: number;
}

interface Slice {
  readonly second: number;
  readonly histogram: Histogram;
}

const windowSeconds = 5;

/** Percentiles of each stage's latency over the last seconds: a fold that is given the time. */
export function beginLatencyGauge(stages: readonly string[]): {
  took(latencies: readonly Took[], nowMs: number): void;
  sample(waiting: readonly Took[], nowMs: number): readonly EventBody<"gauge-latency">[];
} {
  const slices = new Map<string, readonly Slice[]>(stages.map((stage) => [stage, []]));
  function sliceOf(stage: string, nowMs: number): Histogram {
    const second = Math.floor(nowMs / 1_000);
    const kept = (slices.get(stage) ?? []).filter((slice) => slice.second > second - windowSeconds);
    const present = kept.find((slice) => slice.second === second) ?? { second, histogram: beginHistogram() };
    slices.set(stage, kept.includes(present) ? kept : [...kept, present]);
    return present.histogram;
  }
  return {
    took(latencies, nowMs) {
      for (const { stage, ms, records } of latencies) count(sliceOf(stage, nowMs), ms, records);
    },
    sample: (waiting, nowMs) =>
      stages.map((stage) => {
        sliceOf(stage, nowMs);
        const measured = beginHistogram();
        for (const { histogram } of slices.get(stage) ?? []) merge(measured, histogram);
        const withWaiting = beginHistogram();
        merge(withWaiting, measured);
        const own = waiting.filter((one) => one.stage === stage);
        for (const { ms, records } of own) count(withWaiting, ms, records);
        // What has waited for long is late already; what has just come says nothing good.
        const read = (percent: number): number =>
          Math.round(Math.max(percentile(measured, percent), percentile(withWaiting, percent)));
        return {
          kind: "gauge-latency",
          stage,
          records: measured.total,
          waiting: own.reduce((sum, { records }) => sum + records, 0),
          p50Ms: read(50),
          p99Ms: read(99),
        };
      }),
  };
}
