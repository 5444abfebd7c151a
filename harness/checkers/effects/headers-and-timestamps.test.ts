import { expect, test } from "vitest";
import type { ExpectedOutput } from "../../model/pipeline.ts";
import { findingOf } from "../findings.fixture.ts";
import type { Row } from "../hand-written-records.fixture.ts";
import { World } from "../hand-written.fixture.ts";

type Beside = Pick<ExpectedOutput, "headers" | "timestamp">;

/** EO4 over one output that is written like this, and of which f expects this besides its value. */
function told(written: Pick<Row, "headers" | "timestamp"> & { readonly value?: string }, expected: Beside): unknown {
  const world = new World();
  world.input(0, "a");
  world.transact(0, {
    edit: ({ outputs }) => void outputs.splice(0, 1, ...outputs.slice(0, 1).map((due) => ({ ...due, ...written }))),
  });
  const batches = world.finish().map((batch) => {
    if (batch.kind !== "source" || batch.expected === null) return batch;
    const effects = batch.expected.map((effect) => ({
      ...effect,
      outputs: effect.outputs.map((output) => ({ ...output, ...expected })),
    }));
    return { ...batch, expected: effects };
  });
  const { outcome, anomalies } = findingOf("EO4", batches);
  return [outcome, ...anomalies.map((one) => [one.expected, one.actual])];
}

test("headers and a timestamp are compared where the specification says something of them", () => {
  const headers = { trace: "t-1", empty: null };
  const all = [["other", "x"] as const, ["trace", "t-1"] as const, ["empty", null] as const];
  expect(told({ headers: all, timestamp: 1_000 }, { headers, timestamp: 1_000 })).toEqual(["valid"]);
  expect(told({ headers: all, timestamp: 1_000 }, {})).toEqual(["valid"]);
});

test.each<[string, Parameters<typeof told>[0], Beside, readonly [string, string]]>([
  ["missing", {}, { headers: { trace: "t-1" } }, ["out a 1, header trace t-1", "out a 1, no header trace"]],
  [
    "another",
    { headers: [["trace", "t-2"]] },
    { headers: { trace: "t-1" } },
    ["out a 1, header trace t-1", "out a 1, header trace t-2"],
  ],
  [
    "there twice",
    {
      headers: [
        ["trace", "t-1"],
        ["trace", "t-1"],
      ],
    },
    { headers: { trace: "t-1" } },
    ["out a 1, header trace t-1", "out a 1, header trace t-1, header trace t-1"],
  ],
  [
    "null in place of the empty text",
    { headers: [["trace", null]] },
    { headers: { trace: "" } },
    ['out a 1, header trace ""', "out a 1, header trace (null)"],
  ],
])("a header that is %s is named", (_, written, expected, words) => {
  expect(told(written, expected)).toEqual(["invalid", words]);
});

test("another timestamp is named, beside another value too", () => {
  expect(told({ timestamp: 999 }, { timestamp: 1_000 })).toEqual([
    "invalid",
    ["out a 1, timestamp 1000", "out a 1, timestamp 999"],
  ]);
  expect(told({ timestamp: 999, value: "7" }, { timestamp: 1_000 })).toEqual([
    "invalid",
    ["out a 1, timestamp 1000", "out a 7, timestamp 999"],
  ]);
});
