import { expect, test } from "vitest";
import { faults } from "./catalogue.ts";

test("the catalogue lists every kind under its own name, with what it takes", () => {
  expect([...faults].map(([name, fault]) => [name, fault.kind, fault.takes])).toEqual([
    ["bandwidth", "bandwidth", "link"],
    ["clock-skew", "clock-skew", "process"],
    ["cpu-throttle", "cpu-throttle", "process"],
    ["crash", "crash", "process"],
    ["cut-broker", "cut-broker", "broker"],
    ["delay", "delay", "link"],
    ["disconnect", "disconnect", "process"],
    ["disk-full", "disk-full", "process"],
    ["hold", "hold", "link"],
    ["jitter", "jitter", "link"],
    ["out-of-memory", "out-of-memory", "process"],
    ["pause", "pause", "process"],
    ["refuse", "refuse", "link"],
    ["reset", "reset", "link"],
    ["slice", "slice", "link"],
    ["stop", "stop", "process"],
  ]);
});

test("params left out get their defaults", () => {
  const given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    bandwidth: { rate: 50 },
    "clock-skew": { offsetMs: 60_000 },
    "cpu-throttle": { percent: 10 },
    delay: { latencyMs: 100 },
    jitter: { leastMs: 5, mostMs: 50 },
    slice: { bytes: 7 },
  };
  const parsed = [...faults.values()].map((fault) => [fault.kind, fault.parseParams(given[fault.kind] ?? {})]);
  expect(Object.fromEntries(parsed)).toEqual({
    bandwidth: { rate: 50, direction: "both" },
    "clock-skew": { offsetMs: 60_000, towards: "future" },
    "cpu-throttle": { percent: 10 },
    crash: {},
    "cut-broker": { from: "brokers", way: "both" },
    delay: { latencyMs: 100, direction: "both" },
    disconnect: {},
    "disk-full": {},
    hold: { direction: "both" },
    jitter: { leastMs: 5, mostMs: 50, everyMs: 500, direction: "both", seed: 0 },
    "out-of-memory": {},
    pause: {},
    refuse: {},
    reset: { direction: "to-broker" },
    slice: { bytes: 7, pauseMicros: 100, direction: "both" },
    stop: { graceMs: 10_000 },
  });
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
    ["bandwidth", { rate: 0 }, /rate/u],
    ["slice", { bytes: 0 }, /bytes/u],
    ["jitter", { leastMs: 60, mostMs: 50 }, /least is above most/u],
    ["jitter", { leastMs: 5 }, /mostMs/u],
    ["jitter", { leastMs: 5, mostMs: 600 }, /every has to be longer than most/u],
    ["stop", { graceMs: 0 }, /graceMs/u],
    ["cut-broker", { from: ["member-1"] }, /from/u],
    ["cut-broker", { from: [] }, /from/u],
    ["cut-broker", { way: "to-broker" }, /way/u],
    ["clock-skew", {}, /offsetMs/u],
    ["clock-skew", { offsetMs: -5_000 }, /offsetMs/u],
    ["cpu-throttle", { percent: 0 }, /percent/u],
    ["out-of-memory", { megabytes: 5 }, /megabytes/u],
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
    faults.get("stop")?.needs({}, "broker"),
    faults.get("jitter")?.needs({ leastMs: 5, mostMs: 50 }),
    faults.get("bandwidth")?.needs({ rate: 1 }),
    faults.get("slice")?.needs({ bytes: 1 }),
    faults.get("cut-broker")?.needs({}),
    faults.get("disconnect")?.needs({}, "member"),
    faults.get("disk-full")?.needs({}, "broker"),
    faults.get("clock-skew")?.needs({ offsetMs: 1_000 }, "member"),
    faults.get("cpu-throttle")?.needs({ percent: 5 }, "member"),
    faults.get("out-of-memory")?.needs({}, "member"),
  ]).toEqual([
    ["hold-link"],
    ["hold-link-one-way"],
    ["crash-member"],
    ["crash-broker"],
    ["pause-member", "pause-broker"],
    ["stop-broker"],
    ["delay-link"],
    ["bandwidth-link"],
    ["slice-link"],
    ["cut-broker"],
    ["disconnect-member"],
    ["fill-disk-broker"],
    ["skew-clock-member"],
    ["throttle-cpu-member"],
    ["exhaust-memory-member"],
  ]);
});

test("every kind says its params as a JSON Schema that allows nothing else", () => {
  for (const fault of faults.values())
    expect(fault.paramsSchema, fault.kind).toMatchObject({ type: "object", additionalProperties: false });
});
