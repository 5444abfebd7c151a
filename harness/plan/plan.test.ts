import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { drawFrom } from "../base/random.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { FaultSpec, Range, Scenario } from "../model/scenario.ts";
import { makePlan } from "./make-plan.ts";
import { parsePlan, renderPlan } from "./plan-file.ts";
import { drawSeed, parseSeed } from "./seed.ts";
import { compile } from "../program/compile.ts";

const description: PipelineDescription = {
  name: "copy",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: (partitions) => [{ name: "numbers", partitions, config: {} }],
  stages: [],
  versions: {},
  workload: {
    stream: "numbers",
    topic: "numbers",
    *records(draw, { inputs, partitions }) {
      for (let i = 0; i < inputs; i++) {
        const value = String(draw.integer(0, 9));
        yield { topic: "numbers", partition: i % partitions, key: `k-${i}`, value };
      }
    },
  },
  specificationPath: null,
  mutants: ["off-by-one"],
  points: [],
  checkpoint: null,
  config: () => ({}),
  activate: null,
};
const scenario: Scenario = {
  name: "try",
  question: "Does it hold?",
  pipeline: "copy",
  from: "v1",
  to: "v2",
  profile: "fast",
  members: 2,
  brokers: [{ version: null }],
  workload: {
    inputs: 3,
    partitions: 2,
    keys: 3,
    duplicatesPercent: 0,
    outOfOrderPercent: 0,
    latePercent: 0,
    hotKeysPercent: 0,
    paceMs: 100,
  },
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 0, finalise: false },
  faults: [],
  mutant: "off-by-one",
  gates: { lagMax: 1, checkpointLagMax: 1, timeoutMs: 1 },
  guarantee: "exactly-once",
  exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
  expect: { verdict: "valid", anomalies: [] },
};
const range = fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([min, span]): Range => ({ min, max: min + span }));
const numberOrRange = fc.oneof(fc.nat(1_000), range);
const faultSpec: fc.Arbitrary<FaultSpec<number | Range>> = fc.record({
  kind: fc.constant("crash"),
  target: fc.constant("any member"),
  trigger: fc.oneof(
    fc.record({ kind: fc.constant("time" as const), atMs: numberOrRange }),
    fc.record({ kind: fc.constant("progress" as const), commits: numberOrRange }),
    fc.record({
      kind: fc.constant("phase" as const),
      member: fc.constant("member-1"),
      phase: fc.constant("restore" as const),
      delayMs: numberOrRange,
    }),
    fc.record({
      kind: fc.constant("point" as const),
      point: fc.constant("after-send" as const),
      stage: fc.constant("s"),
      partition: fc.constant(null),
      nth: numberOrRange,
      armAfterMs: numberOrRange,
      armAfterStepOf: fc.constant(null),
    }),
  ),
  forMs: fc.oneof(fc.constant(null), numberOrRange),
  params: fc.dictionary(fc.constantFrom("latencyMs", "way"), fc.oneof(numberOrRange, fc.constant("both"))),
});
const scenarios = fc.array(faultSpec, { maxLength: 6 }).map((faults): Scenario => ({ ...scenario, faults }));
const seeds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const plan = (of: Scenario, seed: string) => makePlan(of, { seed, description });

test("a plan holds the scenario, the mutant, the sends' digest, the program and the drawn faults", () => {
  const fault = {
    kind: "pause",
    target: "any member",
    trigger: { kind: "time", atMs: 5 },
    forMs: 7,
    params: {},
  } as const;
  const { faults, ...rest } = plan({ ...scenario, faults: [fault] }, "7");
  const digits = drawFrom("7/sends/numbers");
  const records = [0, 1, 0].map((partition, i) => `["numbers",${partition},"k-${i}","${digits.integer(0, 9)}"]\n`);
  expect(rest).toEqual({
    planVersion: 2,
    seed: "7",
    scenario: { ...scenario, faults: [fault] },
    mutant: "off-by-one",
    sends: [{ stream: "numbers", count: 3, sha256: sha256(...records) }],
    program: compile({ members: ["member-1", "member-2"], to: "v2", upgrade: scenario.upgrade, flag: null }),
  });
  expect(faults).toEqual([{ ...fault, id: "fault-1", pick: drawFrom("7/faults/0/pick").integer(0, 999_999) }]);
});

test("images that the scenario names are in the plan; what is no image's name is refused", () => {
  const named = (kafka: string) => renderPlan(plan({ ...scenario, images: { kafka } }, "7"));
  expect(parsePlan(named("kafka:${version}"), "plan.json").scenario.images).toEqual({ kafka: "kafka:${version}" });
  expect(() => parsePlan(named("--privileged"), "plan.json")).toThrow(
    "scenario.images.kafka: expected an image's name",
  );
});

test("a mutant given replaces the scenario's, null is the correct pipeline, an unknown one is refused", () => {
  const mutantOf = (mutant: string | null | undefined) => makePlan(scenario, { seed: "1", description, mutant }).mutant;
  expect([mutantOf(undefined), mutantOf(null)]).toEqual(["off-by-one", null]);
  expect(() => mutantOf("off-by-tow")).toThrow('For copy there is no mutant "off-by-tow". Did you mean "off-by-one"?');
});

test("the same scenario and seed give the same bytes, which read back as the same plan", () => {
  fc.assert(
    fc.property(scenarios, seeds, (of, seed) => {
      const text = renderPlan(plan(of, seed));
      expect(renderPlan(plan(structuredClone(of), seed))).toBe(text);
      expect(renderPlan(parsePlan(text, "plan.json"))).toBe(text);
    }),
  );
});

test("one fault more, or other numbers in one, never shift what the others draw", () => {
  fc.assert(
    fc.property(scenarios, faultSpec, seeds, (of, more, seed) => {
      const before = plan(of, seed);
      const after = plan({ ...of, faults: [...of.faults, more] }, seed);
      expect(after.faults.slice(0, -1)).toEqual(before.faults);
      expect(after.sends).toEqual(before.sends);
      const changed = plan({ ...of, faults: of.faults.map((fault, i) => (i === 0 ? more : fault)) }, seed);
      expect(changed.faults.slice(1)).toEqual(before.faults.slice(1));
    }),
  );
});

test("every number that a plan draws lies in its range", () => {
  fc.assert(
    fc.property(range, seeds, (of, seed) => {
      const fault = {
        kind: "k",
        target: "t",
        trigger: { kind: "time", atMs: of },
        forMs: of,
        params: { a: of },
      } as const;
      const [drawn] = plan({ ...scenario, faults: [fault] }, seed).faults;
      const atMs = drawn?.trigger.kind === "time" ? drawn.trigger.atMs : -1;
      for (const value of [atMs, drawn?.forMs, drawn?.params["a"]])
        expect(typeof value === "number" && value >= of.min && value <= of.max).toBe(true);
    }),
  );
});

test("another seed draws other records", () => {
  expect(plan(scenario, "1").sends).not.toEqual(plan(scenario, "2").sends);
});

describe("a plan file that is not what it should be", () => {
  const text = renderPlan(plan(scenario, "1"));
  test.each([
    ["cut off", text.slice(0, 100), /plan.json:\d+:\d+: the file ends in the midst/u],
    ["empty", "", /plan.json:1:1: the file ends/u],
    ["not JSON", text.replace('"mutant":', "mutant:"), /plan.json:\d+:3: not JSON from here on: "mutant:/u],
    ["YAML", "planVersion: 1\n", /plan.json:1:1: not JSON/u],
    [
      "of another version",
      text.replace('"planVersion": 2', '"planVersion": 3'),
      /is a plan of version 3; this rollproof/u,
    ],
    ["with an unknown key", text.replace('"seed"', '"sed"'), /unknown key "sed" in the plan/u],
    ["with a key twice", text.replace('"seed": "1"', '"seed": "1", "seed": "2"'), /unique/u],
    ["with a wrong type", text.replace('"members": 2', '"members": "2"'), /plan.json:\d+:16: scenario.members: /u],
    ["with an impossible number", text.replace('"members": 2', '"members": 0'), /scenario.members: Too small/u],
    ["nested deeply", "[".repeat(100_000) + "]".repeat(100_000), /nested/u],
  ])("%s is refused with its place and what to do", (_, broken, expected) => {
    const attempt = (): unknown => parsePlan(broken, "plan.json");
    expect(attempt).toThrow(RollproofError);
    expect(attempt).toThrow(expected);
  });

  test("no flipped byte makes it crash", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
        try {
          parsePlan(text.slice(0, at) + String.fromCodePoint(code) + text.slice(at + 1), "plan.json");
        } catch (error) {
          expect(error).toBeInstanceOf(RollproofError);
        }
      }),
    );
  });
});

test("seeds are decimal numbers of 64 bits", () => {
  expect(["0", "42", "18446744073709551615"].map(parseSeed)).toEqual(["0", "42", "18446744073709551615"]);
  for (const text of ["", "-1", "1.5", "007", "0x10", "18446744073709551616", " 1", "seed"])
    expect(() => parseSeed(text), text).toThrow("is not a seed");
  expect(drawSeed(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2))).toBe("258");
  expect(drawSeed(new Uint8Array(8).fill(255))).toBe("18446744073709551615");
});

describe("an upgrade that may be rolled back", () => {
  const faults: readonly FaultSpec<number | Range>[] = [
    {
      kind: "crash",
      target: "member-1",
      trigger: { kind: "phase", member: "member-1", phase: "restore", delayMs: { min: 1, max: 9 }, occurrence: "any" },
      forMs: { min: 1, max: 1_000_000 },
      params: {},
    },
    {
      kind: "crash",
      target: "member-2",
      trigger: { kind: "act", act: "gate of member-1", delayMs: 0 },
      forMs: 1,
      params: {},
    },
  ];
  const upgrade = { ...scenario.upgrade, rollBackAfter: "gate of member-1" };
  const plan = makePlan({ ...scenario, upgrade, faults }, { seed: "7", description });

  test("has the acts of the way back in its plan, which is read back as it was written", () => {
    expect(plan.back?.map(({ id }) => id).slice(-2)).toEqual(["gate back of member-1", "every member back at v1"]);
    expect(parsePlan(renderPlan(plan), "plan.json")).toEqual(plan);
    expect(makePlan(scenario, { seed: "7", description })).not.toHaveProperty("back");
  });

  test("has a fault of its own for one that comes again on the way back, with its own chance", () => {
    expect(plan.faults.map(({ id, trigger }) => [id, "act" in trigger ? trigger.act : null])).toEqual([
      ["fault-1", "restore of member-1"],
      ["fault-1-back", "restore back of member-1"],
      ["fault-2", "gate of member-1"],
    ]);
    expect(plan.faults[0]?.forMs).not.toBe(plan.faults[1]?.forMs);
    const once = makePlan({ ...scenario, upgrade, faults: faults.slice(1) }, { seed: "7", description });
    expect(once.faults.map(({ id }) => id)).toEqual(["fault-1"]);
  });
});
