import { expect, test } from "vitest";
import { faults } from "./catalogue.ts";

test("the catalogue lists every kind under its own name, with what it takes", () => {
  expect([...faults].map(([name, fault]) => [name, fault.kind, fault.takes])).toEqual([
    ["crash", "crash", "process"],
    ["delay", "delay", "link"],
    ["hold", "hold", "link"],
    ["pause", "pause", "process"],
    ["refuse", "refuse", "link"],
    ["reset", "reset", "link"],
  ]);
});

test("params left out get their defaults", () => {
  const parsed = [...faults.values()]
    .filter((fault) => fault.kind !== "delay")
    .map((fault) => [fault.kind, fault.parseParams({})]);
  expect(Object.fromEntries(parsed)).toEqual({
    crash: {},
    hold: { direction: "both" },
    pause: {},
    refuse: {},
    reset: { direction: "to-broker" },
  });
  expect(faults.get("delay")?.parseParams({ latencyMs: 100 })).toEqual({ latencyMs: 100, direction: "both" });
});

test("params that are misspelt, missing or impossible are refused by name", () => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ["crash", { downMs: 5 }, /downMs/u],
    ["hold", { direction: "sideways" }, /direction/u],
    ["delay", {}, /latencyMs/u],
    ["delay", { latencyMs: -1 }, /latencyMs/u],
    ["delay", { latencyMs: 1e9 }, /latencyMs/u],
    ["delay", { latencyMs: 100, jitter: 5 }, /jitter/u],
    ["reset", { direction: "both" }, /direction/u],
    ["pause", null, /object/u],
  ];
  for (const [kind, params, reason] of cases) expect(() => faults.get(kind)?.parseParams(params), kind).toThrow(reason);
});

test("what a fault needs follows its params and its target's sort", () => {
  expect([
    faults.get("hold")?.needs({}),
    faults.get("hold")?.needs({ direction: "to-broker" }),
    faults.get("crash")?.needs({}, "member"),
    faults.get("crash")?.needs({}, "broker"),
    faults.get("pause")?.needs({}),
  ]).toEqual([
    ["hold-link"],
    ["hold-link-one-way"],
    ["crash-member"],
    ["crash-broker"],
    ["pause-member", "pause-broker"],
  ]);
});

test("every kind says its params as a JSON Schema that allows nothing else", () => {
  for (const fault of faults.values())
    expect(fault.paramsSchema, fault.kind).toMatchObject({ type: "object", additionalProperties: false });
});
