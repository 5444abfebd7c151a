import type { Series } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";

/** A report draws no more points than this per series. */
const pointsMax = 600;
const secondNanos = 1_000_000_000;
const coalesceNanos = 100_000_000;

/** Occurrences counted per second of the run. */
export interface Rate {
  add(at: number, count: number): void;
  finish(name: string, clock: RunClock): Series;
}

export function beginRate(): Rate {
  const seconds = new Map<number, number>();
  let first = Infinity;
  let last = -Infinity;
  return {
    add(at, count) {
      const second = Math.floor(at / secondNanos);
      first = Math.min(first, second);
      last = Math.max(last, second);
      seconds.set(second, (seconds.get(second) ?? 0) + count);
    },
    finish(name, clock) {
      const points: [number, number][] = [];
      for (let second = first; second <= last; second += 1)
        points.push([clock.ms(second * secondNanos), seconds.get(second) ?? 0]);
      return { name, unit: "per second", points: thinned(points) };
    },
  };
}

/** A gauge that is the sum of parts which are sampled one by one, such as the lag of a stage's partitions. */
export interface SummedGauge {
  sample(at: number, part: number, value: number): void;
  finish(name: string, unit: string, clock: RunClock): Series;
}

/** Samples less than 100 ms apart are one point: the last of them. */
export function beginSummedGauge(): SummedGauge {
  const parts = new Map<number, number>();
  const points: [at: number, value: number][] = [];
  let sum = 0;
  return {
    sample(at, part, value) {
      sum += value - (parts.get(part) ?? 0);
      parts.set(part, value);
      const newest = points.at(-1);
      if (newest !== undefined && at - newest[0] < coalesceNanos) newest[1] = sum;
      else points.push([at, sum]);
    },
    finish: (name, unit, clock) => ({
      name,
      unit,
      points: thinned(points.map(([at, value]) => [clock.ms(at), value])),
    }),
  };
}

type Points = readonly (readonly [atMs: number, value: number])[];

/** Neighbours merged to the largest value, so that no peak is lost. */
function thinned(points: Points): Points {
  const size = Math.ceil(points.length / pointsMax);
  if (size <= 1) return points;
  const merged: [number, number][] = [];
  for (let i = 0; i < points.length; i += size) {
    const group = points.slice(i, i + size);
    merged.push([group[0]?.[0] ?? 0, Math.max(...group.map(([, value]) => value))]);
  }
  return merged;
}
