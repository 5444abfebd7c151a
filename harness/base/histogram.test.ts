import { array, assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { beginHistogram, count, merge, percentile } from "./histogram.ts";

const values = array(integer({ min: 0, max: 3_600_000 }), { minLength: 1, maxLength: 300 });

/** The nearest-rank percentile. */
function exact(of: readonly number[], percent: number): number {
  const sorted = of.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((sorted.length * percent) / 100)) - 1] ?? 0;
}

test("a percentile is never below the exact one, and at most 2 % above it", () => {
  assert(
    property(values, constantFrom(50, 99, 100), (of, percent) => {
      const histogram = beginHistogram();
      for (const value of of) count(histogram, value);
      const read = percentile(histogram, percent);
      expect(read).toBeGreaterThanOrEqual(exact(of, percent) - 1e-6);
      expect(read).toBeLessThanOrEqual((exact(of, percent) + 1) * 1.02);
    }),
  );
});

test("merged histograms read as one of all their values, and a value counted so many times as it counted again and again", () => {
  assert(
    property(values, values, (some, others) => {
      const [left, right, both] = [beginHistogram(), beginHistogram(), beginHistogram()];
      for (const value of some) count(left, value, 3);
      for (const value of others) count(right, value);
      for (const value of [...some, ...some, ...some, ...others]) count(both, value);
      merge(left, right);
      expect(left).toEqual(both);
    }),
  );
});

test("nothing counted reads 0", () => {
  expect(percentile(beginHistogram(), 99)).toBe(0);
});
