import { expect, test } from "vitest";
import { beginLatencyGauge } from "./latency-gauge.ts";

const took = (ms: number, records: number) => ({ stage: "one", ms, records });

test("percentiles are of the last five seconds, of each stage alone", () => {
  const gauge = beginLatencyGauge(["one", "two"]);
  gauge.took([took(4_000, 50)], 500);
  gauge.took([took(100, 98), took(1_000, 2)], 2_000);
  const [one, two] = gauge.sample([], 4_900);
  expect([one?.records, two?.records, two?.p99Ms]).toEqual([150, 0, 0]);
  const [later] = gauge.sample([], 6_000);
  expect(later).toMatchObject({ stage: "one", records: 100, waiting: 0 });
  expect([later?.p50Ms, later?.p99Ms].map((ms) => Math.round((ms ?? 0) / 50) * 50)).toEqual([100, 1_000]);
});

test("records that wait for long are late, and many that have just come make nothing better", () => {
  const gauge = beginLatencyGauge(["one"]);
  gauge.took([took(1_000, 10)], 2_000);
  expect(gauge.sample([took(5, 10_000)], 2_000)[0]?.p99Ms).toBeGreaterThanOrEqual(1_000);
  expect(gauge.sample([took(9_000, 10)], 2_000)[0]?.p99Ms).toBeGreaterThanOrEqual(9_000);
  expect(gauge.sample([took(60_000, 10)], 60_000)[0]).toMatchObject({ records: 0, waiting: 10 });
});
