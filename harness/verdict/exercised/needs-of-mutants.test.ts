import { expect, test } from "vitest";
import { World } from "../../checkers/hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../../checkers/toy-pipeline.fixture.ts";
import type { EventBody } from "../../model/event.ts";
import { actBegan, rolling } from "../../program/program.fixture.ts";
import { beginExercised } from "../exercised.ts";

type Asked = "crossedAborts" | "outlivedAborts" | "stopsUnderLoad";

/** The count, where the scenario asks for one. */
function seen(kind: Asked, write: (world: World) => void): number | undefined {
  const plan = toyPlan();
  const exercised = { ...plan.scenario.exercised, [kind]: 1 };
  const fold = beginExercised({
    plan: { ...plan, scenario: { ...plan.scenario, exercised } },
    description: toyDescription,
  });
  const world = new World();
  write(world);
  for (const batch of world.batches) fold.step(batch);
  return fold.finish().counts.find((count) => count.kind === kind)?.seen;
}

/** Two transactions that are open together on out-0, the first one of task 0. */
function overlapping(world: World) {
  world.input(0, "a");
  world.input(1, "b");
  const [first, second] = [world.begin(0), world.begin(1)];
  first.send();
  second.send();
  return { first, second };
}

test("aborts cross when the one that began first is aborted last", () => {
  expect(
    seen("crossedAborts", (world) => {
      const { first, second } = overlapping(world);
      second.end("aborted");
      first.end("aborted");
    }),
  ).toBe(1);
});

test("aborts in the order of their beginnings, one after the other, or beside a commit do not cross", () => {
  const ends: readonly ((open: ReturnType<typeof overlapping>) => void)[] = [
    ({ first, second }) => [first.end("aborted"), second.end("aborted")],
    ({ first, second }) => [second.end("committed"), first.end("aborted")],
    ({ first, second }) => [second.end("aborted"), first.end("committed")],
  ];
  for (const end of ends) expect(seen("crossedAborts", (world) => end(overlapping(world)))).toBe(0);
});

test("an abort is outlived when the same incarnation commits for the task afterwards", () => {
  const aborted = (world: World): void => {
    world.input(0, "a");
    world.transact(0, { outcome: "aborted" });
  };
  expect(
    seen("outlivedAborts", (world) => {
      aborted(world);
      world.transact(0);
      world.input(0, "b");
      world.transact(0);
    }),
  ).toBe(1);
  expect(
    seen("outlivedAborts", (world) => {
      aborted(world);
      world.open(0, { member: "member-2" });
      world.transact(0);
    }),
  ).toBe(0);
});

test("a stop under load is a drain that begins while records wait", () => {
  const drain = actBegan(rolling(["member-1"]), "drain of member-1");
  const lag = (waiting: number): EventBody => ({
    kind: "gauge-lag",
    stage: "count",
    partition: 0,
    committedNext: 1,
    lag: waiting,
  });
  for (const [waiting, count] of [
    [5, 1],
    [0, 0],
  ] as const)
    expect(
      seen("stopsUnderLoad", (world) => {
        world.event(lag(5));
        world.event(lag(waiting));
        world.event(drain);
      }),
    ).toBe(count);
});

test("what no scenario asks for is not counted in the verdict", () => {
  const fold = beginExercised({ plan: toyPlan(), description: toyDescription });
  const kinds = fold.finish().counts.map(({ kind }) => kind);
  expect(kinds.filter((kind) => ["crossedAborts", "outlivedAborts", "stopsUnderLoad"].includes(kind))).toEqual([]);
});
