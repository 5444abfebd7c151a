import { expect, test } from "vitest";
import type { Anomaly } from "../model/finding.ts";
import { firstCauseFirst } from "./order.ts";

function anomaly(invariant: string, task: string | null, seq: number | null): Anomaly {
  const nothing = { sentence: "", expected: "", actual: "", evidence: [], restsOn: [], firstBadCommit: null, more: 0 };
  return { invariant, task, seq, ...nothing };
}

const told = (anomalies: readonly Anomaly[]): readonly string[] =>
  firstCauseFirst(anomalies).map(({ invariant, task }) => `${invariant} ${task ?? "-"}`);

test("the anomaly nearest to the cause comes first: the earliest task, and there the cause before what follows", () => {
  const seen = [
    anomaly("EO1", "count-1", 90),
    anomaly("EO1", "count-0", 42),
    anomaly("CK3", "count-1", 80),
    anomaly("OF1", "count-0", 40),
    anomaly("CK4", "count-0", 42),
    anomaly("FE1", "count-0", 40),
  ];
  expect(told(seen)).toEqual([
    "FE1 count-0",
    "OF1 count-0",
    "CK4 count-0",
    "EO1 count-0",
    "CK3 count-1",
    "EO1 count-1",
  ]);
});

test("what has no place comes last, and an invariant that has no rank after those that have", () => {
  const seen = [anomaly("TX1", null, null), anomaly("XX9", "count-0", 7), anomaly("LV1", "count-0", 7)];
  expect(told(seen)).toEqual(["LV1 count-0", "XX9 count-0", "TX1 -"]);
  expect(firstCauseFirst([])).toEqual([]);
});
