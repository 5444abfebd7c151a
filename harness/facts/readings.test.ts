import { expect, test } from "vitest";
import { rollPlan } from "../checkers/upgrade/readings.fixture.ts";
import { World } from "../checkers/hand-written.fixture.ts";
import { toyContext } from "../checkers/toy-pipeline.fixture.ts";
import { beginFacts, stepFacts } from "./facts.ts";
import { eachTask } from "./tasks.ts";

test("of a task whose reader cannot be told nothing is kept, so a pipeline with plain commits takes no memory", () => {
  const world = new World();
  const inputs = (n: number): void => {
    for (let i = 0; i < n; i += 1) world.input(0, `k${i}`);
  };
  inputs(3);
  world.plainCommit(0, 1);
  inputs(50);
  world.plainCommit(0, 50);
  const facts = beginFacts(toyContext({ plan: rollPlan }));
  for (const batch of world.finish({}, { plan: rollPlan })) stepFacts(facts, batch);
  const kept: number[] = [];
  eachTask(facts.upgrade.readings.tasks, ({ waiting, keys }) => void kept.push(waiting.length, keys.size));
  expect(kept).toEqual([0, 0]);
});
