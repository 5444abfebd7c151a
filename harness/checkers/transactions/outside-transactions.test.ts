import { expect, test } from "vitest";
import type { CheckerContext } from "../../model/finding.ts";
import { findingsOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";

type Row = Parameters<World["plainOutputs"]>[1][number];

/** A transactional commit, then the output of the second input outside the transaction that commits its offset. */
function plainOutput(): World {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  world.input(0, "a");
  let moved: Row | undefined;
  world.transact(0, { edit: ({ outputs }) => void (moved = outputs.pop()) });
  if (moved !== undefined) world.plainOutputs(0, [moved]);
  return world;
}

/** A task whose first commit is transactional; from then on effects, then commits, are plain. */
function plainAfterTransactional(): World {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  for (const at of [1, 2]) {
    world.input(0, "a");
    world.plainOutputs(0, [{ key: "a", value: String(at + 1), cause: [at, 0] }]);
    world.plainCommit(0, at + 1);
  }
  return world;
}

/** The group's offset first, then the output; no transaction anywhere. */
function commitBeforeEffect(): World {
  const world = new World();
  world.input(0, "a");
  world.plainCommit(0, 1);
  world.plainOutputs(0, [{ key: "a", value: "1", cause: [0, 0] }]);
  return world;
}

const worlds = { plainOutput, plainAfterTransactional, commitBeforeEffect };
const outcomes = (world: World, changes: Partial<CheckerContext> = {}): readonly unknown[] => {
  const findings = findingsOf(world.finish(), changes);
  return [findings.get("TX1")?.outcome, findings.get("OF2")?.outcome];
};

for (const [name, world] of Object.entries(worlds)) {
  test(`${name}: an effect outside transactions is no effect in one, where the pipeline is transactional`, () => {
    expect(outcomes(world())).toEqual(["invalid", "invalid"]);
  });

  test(`${name}: it is as good as any at least once, or where the group alone commits offsets`, () => {
    const atLeastOnce = outcomes(world(), { plan: toyPlan({ guarantee: "at-least-once" }) });
    const byGroup = outcomes(world(), { description: { ...toyDescription, offsets: "group" } });
    expect([atLeastOnce, byGroup].map(([, of2]) => of2)).toEqual(["valid", "valid"]);
    expect([atLeastOnce, byGroup].map(([tx1]) => tx1)).not.toContain("invalid");
  });
}

test("TX1 points to the first record outside a transaction, OF2 to the input whose effect it is", () => {
  const findings = findingsOf(plainOutput().finish());
  expect(findings.get("TX1")?.anomalies).toMatchObject([
    { actual: "a record without a transaction", evidence: ["r:out-0@3"], more: 0 },
  ]);
  expect(findings.get("OF2")?.anomalies).toMatchObject([
    { actual: "no effect in any committed transaction, only one outside of them", more: 0 },
  ]);
});

test("a plain changelog record of a transactional pipeline is flagged, too", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  const records = world.batches.flatMap((batch) => (batch.kind === "transaction" ? batch.transaction.parts : []));
  const changelog = records.find(({ topic }) => topic === "count-log");
  if (changelog !== undefined)
    world.batches.push({ kind: "plain-records", role: "changelog", records: changelog.records });
  expect(findingsOf(world.finish()).get("TX1")?.outcome).toBe("invalid");
});
