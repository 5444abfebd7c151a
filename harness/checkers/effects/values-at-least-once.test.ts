import { expect, test } from "vitest";
import { slice, type EvidenceBatch } from "../../model/evidence.ts";
import type { ExpectedEffect, Specification, TaskFold } from "../../model/pipeline.ts";
import { findingsOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";

const plan = toyPlan({ guarantee: "at-least-once" });
const text = new TextDecoder();
const said = (value: string): ExpectedEffect => ({
  outputs: [{ ordinal: 0, topic: "out", key: "a", value: () => value }],
  changes: [],
});
const nothing: ExpectedEffect = { outputs: [], changes: [] };

const folds = {
  /** An input is answered by its own value. */
  echo: (): TaskFold => ({ step: ({ value }) => said(value === null ? "" : text.decode(value)) }),
  /** By the number of inputs so far. */
  count() {
    let n = 0;
    return { step: () => said(String((n += 1))) };
  },
  /** By its own value, unless it was there before. */
  once() {
    const seen = new Set<string>();
    return {
      step({ value }) {
        const own = value === null ? "" : text.decode(value);
        if (seen.has(own)) return nothing;
        seen.add(own);
        return said(own);
      },
    };
  },
} satisfies Record<string, () => TaskFold>;

/** Three inputs and three outputs by hand, judged by one of the folds. */
function judged(of: keyof typeof folds, outputs: readonly (readonly [value: string, cause: number])[]) {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  for (const value of ["x", "y", "z"]) world.input(0, "a", value);
  for (const [value, cause] of outputs) world.plainOutputs(0, [{ key: "a", value, cause: [cause, 0] }]);
  world.plainCommit(0, 3);
  const output = (value: Uint8Array): string => text.decode(value);
  const specification: Specification = { stages: { count: { start: folds[of], output } } };
  const fold = folds[of]();
  const batches = world.finish({}, { plan }).map((batch) => answered(fold, batch));
  const description = { ...toyDescription, offsets: "group" as const };
  return findingsOf(batches, { plan, description, specification }).get("EO4");
}

function answered(fold: TaskFold, batch: EvidenceBatch): EvidenceBatch {
  if (batch.kind !== "source") return batch;
  const { records, partition } = batch;
  const expected = Array.from({ length: records.count }, (_, i) =>
    fold.step({
      topic: records.topic,
      partition,
      offset: records.offsets[i] ?? 0,
      key: null,
      timestamp: 0,
      headers: [],
      value: slice(records.bytes, records.valueAt, i),
    }),
  );
  return { ...batch, expected };
}

test("a stage without a state has one right value for a record, however often it is delivered", () => {
  const right = [
    ["x", 0],
    ["y", 1],
    ["z", 2],
  ] as const;
  expect(judged("echo", right)).toMatchObject({ outcome: "valid", examined: 3, why: null });
  expect(
    judged("echo", [
      ["x", 0],
      ["Y", 1],
      ["z", 2],
    ])?.anomalies,
  ).toMatchObject([
    { sentence: "The output of in-0@1 is not what the specification says.", expected: "out a y", actual: "out a Y" },
  ]);
});

test("an output that is there again is named as not compared", () => {
  expect(
    judged("echo", [
      ["x", 0],
      ["y", 1],
      ["Y", 1],
      ["z", 2],
    ]),
  ).toMatchObject({
    outcome: "valid",
    why: "1 outputs that are there again were not compared.",
  });
});

test.each(["count", "once"] as const)("what a stage with a state writes is not judged: %s", (of) => {
  expect(
    judged(of, [
      ["1", 0],
      ["9", 1],
      ["3", 2],
    ]),
  ).toMatchObject({
    outcome: "not-applicable",
    why: "At least once a redelivered record may change the state, so what count wrote was not compared.",
  });
});
