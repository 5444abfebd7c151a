/** An allowance that fills up with time and is spent: `perSecond` over a long time, up to `most` at once. */
export interface Bucket {
  /** What may be spent at this time; below zero after more was spent than was there. */
  level(nowMs: number): number;
  spend(count: number): void;
}

export function beginBucket({ perSecond, most }: { readonly perSecond: number; readonly most: number }): Bucket {
  let level = most;
  let filledAt: number | null = null;
  return {
    level(nowMs) {
      level = Math.min(most, level + (Math.max(0, nowMs - (filledAt ?? nowMs)) / 1_000) * perSecond);
      filledAt = nowMs;
      return level;
    },
    spend: (count) => void (level -= count),
  };
}
