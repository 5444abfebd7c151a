import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Points } from "./points.ts";
import type { Testify } from "./testimony.ts";

function listen(): { readonly said: unknown[]; readonly testify: Testify } {
  const said: unknown[] = [];
  return { said, testify: (kind, task, body) => void said.push([kind, task, body]) };
}

const at = (partition: number, nth: number, why?: string): unknown => [
  why === undefined ? "at-point" : "point-released",
  `velocity-${partition}`,
  { point: "after-send", stage: "velocity", partition, ...(why === undefined ? { nth } : { why }) },
];

test("a task that reaches nothing armed goes on at once", () => {
  const { said, testify } = listen();
  const points = new Points(testify, [{ point: "after-send", stage: "velocity", partition: 1, nth: 1 }]);
  expect(points.reach("after-send", "velocity", 0)).toBe(null);
  expect(points.reach("after-send", "settlement", 1)).toBe(null);
  expect(points.reach("before-commit", "velocity", 1)).toBe(null);
  expect(said).toEqual([]);
});

test("the nth hit after the arming parks, until DELETE", async () => {
  const { said, testify } = listen();
  const points = new Points(testify, []);
  expect(points.reach("after-send", "velocity", 0)).toBe(null);
  points.arm({ point: "after-send", stage: "velocity", partition: 0, nth: 2 });
  expect(points.reach("after-send", "velocity", 0)).toBe(null);
  const parked = points.reach("after-send", "velocity", 0);
  expect(points.isParked("velocity-0")).toBe(true);
  points.releaseAll();
  await parked;
  expect(points.isParked("velocity-0")).toBe(false);
  expect(said).toEqual([at(0, 2), at(0, 2, "deleted")]);
});

test("without a partition every task of the stage parks, each once", async () => {
  const { said, testify } = listen();
  const points = new Points(testify, [{ point: "after-send", stage: "velocity", nth: 1 }]);
  const parked: (Promise<void> | null)[] = [
    points.reach("after-send", "velocity", 0),
    points.reach("after-send", "velocity", 1),
  ];
  expect(points.reach("after-send", "velocity", 0)).toBe(null);
  points.releaseAll();
  for (const one of parked) await one;
  expect(said).toEqual([at(0, 1), at(1, 1), at(0, 1, "deleted"), at(1, 1, "deleted")]);
});

test("DELETE disarms what has not been reached", () => {
  const points = new Points(listen().testify, [{ point: "after-send", stage: "velocity", nth: 1 }]);
  points.releaseAll();
  expect(points.reach("after-send", "velocity", 0)).toBe(null);
});

test("a parked task goes on by itself when the harness does nothing, later when it acts", async () => {
  const { said, testify } = listen();
  const points = new Points(testify, [{ point: "after-send", stage: "velocity", nth: 1 }], 1_500);
  const parked = points.reach("after-send", "velocity", 0);
  await sleep(1_000);
  points.arm({ point: "after-commit", stage: "velocity", nth: 1 });
  await sleep(1_000);
  expect(points.isParked("velocity-0")).toBe(true);
  await parked;
  expect(said).toEqual([at(0, 1), at(0, 1, "timeout")]);
});
