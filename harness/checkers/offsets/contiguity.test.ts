import { expect, test } from "vitest";
import type { Finding } from "../../model/finding.ts";
import { findingOf } from "../findings.fixture.ts";
import { World, type Draft } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

/** A task whose owner commits inputs 0 and 1, then 2 and 3, with an edit of the second transaction and what `between` does. */
function judged(
  edit: (draft: Draft) => void,
  {
    values = ["one", "one", "one", "one"],
    between = () => undefined,
  }: {
    readonly values?: readonly string[];
    readonly between?: (world: World) => void;
  } = {},
): Finding {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  for (const value of values) world.input(0, "a", value);
  world.transact(0, { upTo: 2 });
  between(world);
  world.transact(0, { edit });
  return findingOf("OR3", world.finish());
}

const skip = ({ outputs, changes }: Draft): void => {
  outputs.shift();
  changes.splice(1);
};
const goBack = ({ outputs }: Draft): void => void outputs.unshift({ key: "a", value: "2", cause: [1, 0] });

test("OR3 flags an owner that skips the next committed record", () => {
  expect(judged(skip)).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "member-1/1 skipped in-0@2, though it had not lost the partition: its next transaction begins with in-0@3.",
        expected: "the effect of in-0@2 first",
        task: "count-0",
      },
    ],
  });
});

test("OR3 flags an owner that goes back behind its own commit", () => {
  expect(judged(goBack).anomalies).toMatchObject([
    {
      sentence:
        "member-1/1 went back in in-0, which it had not lost: after a commit of 2 its next transaction has effects of in-0@1.",
    },
  ]);
});

test("OR3 lets an owner go on, and pass over records that have no effect", () => {
  expect(judged(() => undefined)).toMatchObject({ outcome: "valid", examined: 1 });
  expect(judged(() => undefined, { values: ["one", "one", "drop", "one"] }).outcome).toBe("valid");
});

test("OR3 does not call skipped what f lets a later output of the same commit stand for, and still what it does not", () => {
  const cached = (world: World): void => {
    for (const [i, batch] of world.batches.entries())
      if (batch.kind === "source")
        world.batches[i] = {
          ...batch,
          expected: (batch.expected ?? []).map(({ outputs, changes }) => ({
            outputs: outputs.map((output) => ({ ...output, mayBeSuperseded: true })),
            changes,
          })),
        };
  };
  const unwritten = ({ outputs }: Draft): void => void outputs.shift();
  expect(judged(unwritten, { between: cached }).outcome).toBe("valid");
  expect(judged(unwritten).outcome).toBe("invalid");
});

test("OR3 leaves the first commit after a generation, by another session or by another incarnation to OF3", () => {
  const reassigned = (world: World): void => world.generation({ "member-1": [0, 1] });
  const reopened = (world: World): void => void world.open(0);
  const restarted = (world: World): void => void world.open(0, { incarnation: 2 });
  for (const between of [reassigned, reopened, restarted]) expect(judged(skip, { between }).outcome).toBe("idle");
});

test("OR3 is unknown where a hole or an undecided commit lies between the two", () => {
  const undecided = (world: World): void => void world.transact(0, { upTo: 2, outcome: "gap" });
  expect(judged(skip, { between: undecided }).outcome).toBe("idle");
  const world = new World();
  for (let i = 0; i < 4; i++) world.input(0, "a");
  world.transact(0, { upTo: 2 });
  world.transact(0, { edit: skip });
  const gaps = [{ what: "a torn file", topic: "out", partition: 0, from: 0, to: 0 }];
  expect(findingOf("OR3", world.finish({ gaps })).outcome).toBe("unknown");
});

test("OR3 has no subject at least once, and none in an empty history", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  const plan = toyPlan({ guarantee: "at-least-once" });
  expect(findingOf("OR3", world.finish(), { plan }).outcome).toBe("not-applicable");
  expect(findingOf("OR3", []).outcome).toBe("unknown");
});
