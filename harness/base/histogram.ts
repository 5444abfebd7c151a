/** Counts of values of 0 and more in buckets that grow by 2 % each: a percentile is at most 2 % above the exact one. */
export interface Histogram {
  readonly counts: Float64Array;
  total: number;
}

const growth = Math.log(1.02);
/** Reaches beyond an hour in milliseconds; what is above counts as the last. */
const buckets = 800;

export function beginHistogram(): Histogram {
  return { counts: new Float64Array(buckets), total: 0 };
}

export function count(histogram: Histogram, value: number, times = 1): void {
  const bucket = Math.min(buckets - 1, Math.ceil(Math.log(Math.max(0, value) + 1) / growth));
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + times;
  histogram.total += times;
}

/** Adds all that `from` counted to `into`. */
export function merge(into: Histogram, from: Histogram): void {
  for (const [bucket, times] of from.counts.entries()) into.counts[bucket] = (into.counts[bucket] ?? 0) + times;
  into.total += from.total;
}

/** The least upper bound of a bucket that so many percent of the values are not above; 0 where there is none. */
export function percentile(histogram: Histogram, percent: number): number {
  const rank = Math.max(1, Math.ceil((histogram.total * percent) / 100));
  let seen = 0;
  for (const [bucket, times] of histogram.counts.entries()) {
    seen += times;
    if (seen >= rank) return Math.exp(bucket * growth) - 1;
  }
  return 0;
}
