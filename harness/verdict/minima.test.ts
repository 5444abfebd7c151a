import { expect, test } from "vitest";
import { toyDescription, toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { PlannedFault } from "../model/plan.ts";
import type { Scenario } from "../model/scenario.ts";
import { minimaOf } from "./minima.ts";

interface Asked {
  readonly scenario?: Partial<Scenario>;
  readonly faults?: readonly Partial<PlannedFault>[];
  readonly description?: Partial<PipelineDescription>;
}

const time = { kind: "time", atMs: 0 } as const;
const fault = { kind: "crash", target: "member-1", pick: 0, trigger: time, forMs: 500, params: {} } as const;

/** `kind (of)` → minimum, those of 0 left out. */
function minima({ scenario = {}, faults = [], description = {} }: Asked): Readonly<Record<string, number>> {
  const planned = faults.map((one, i) => ({ ...fault, ...one, id: `fault-${i + 1}` }));
  const found = minimaOf({
    plan: toyPlan({ members: 3, ...scenario }, planned),
    description: { ...toyDescription, ...description },
  });
  return Object.fromEntries(
    found
      .filter(({ minimum }) => minimum > 0)
      .map(({ kind, of, minimum }) => [of === null ? kind : `${kind} (${of})`, minimum]),
  );
}

const roll = {
  "commitsByVersion (count, v1)": 1,
  "commitsByVersion (count, v2)": 1,
  mixedVersionCommits: 1,
  warmRestores: 1,
};
const parked = (point: "after-send" | "before-commit" | "after-commit") =>
  ({ kind: "point", point, stage: "count", partition: null, nth: 1, armAfterMs: 0, armAfterAct: null }) as const;

test("a roll demands commits by both versions and at mixed versions, and a restore of what the old one left", () => {
  expect(minima({})).toEqual(roll);
});

test("each of several stages has to be met by both versions, and at mixed versions", () => {
  const [stage] = toyDescription.stages;
  const stages = stage === undefined ? [] : [stage, { ...stage, name: "next" }];
  expect(minima({ description: { stages, checkpoint: null } })).toEqual({
    "commitsByVersion (count, v1)": 1,
    "commitsByVersion (count, v2)": 1,
    "commitsByVersion (next, v1)": 1,
    "commitsByVersion (next, v2)": 1,
    mixedVersionCommits: 1,
    "mixedVersionCommits (count)": 1,
    "mixedVersionCommits (next)": 1,
  });
});

test("one member alone is never at mixed versions, and a restart at one version is no roll", () => {
  const { mixedVersionCommits: _, ...alone } = roll;
  expect(minima({ scenario: { members: 1 } })).toEqual(alone);
  expect(minima({ scenario: { to: "v1" } })).toEqual({ "commitsByVersion (count, v1)": 1 });
});

test("a crash within a transaction demands a kill with it open; any crash of a member, a warm restore from its disk", () => {
  const of = (one: Partial<PlannedFault>, description: Partial<PipelineDescription> = {}) =>
    minima({ faults: [one], description });
  const restored = { ...roll, "warmRestores (fault-1, crash of member-1)": 1, "faults-active": 1 };
  const kill = { killsWithOpenTransaction: 1, "killsWithOpenTransaction (fault-1, crash of member-1)": 1 };
  expect(of({ trigger: parked("after-send") })).toEqual({ ...restored, ...kill });
  expect(of({ trigger: parked("before-commit") })).toEqual({ ...restored, ...kill });
  expect(of({ trigger: parked("after-commit") })).toEqual(restored);
  expect(of({})).toEqual(restored);
  expect(of({ target: "broker-1" })).toEqual({ ...roll, "faults-active": 1 });
  expect(of({ trigger: parked("after-send") }, { offsets: "group" })).toEqual(restored);
});

test("a member cut off for longer than its session demands a fencing; one cut off for less, or slowed, does not", () => {
  const isFenced = (one: Partial<PlannedFault>) =>
    Object.keys(minima({ faults: [one] })).some((key) => key.startsWith("fencings ("));
  expect(isFenced({ kind: "pause", forMs: 6_000 })).toBe(true);
  expect(isFenced({ kind: "pause", forMs: null })).toBe(true);
  expect(isFenced({ kind: "disconnect", forMs: 8_000 })).toBe(true);
  expect(isFenced({ kind: "hold", target: "link member-1 broker-*", forMs: 6_000 })).toBe(true);
  expect(isFenced({ kind: "pause", forMs: 2_000 })).toBe(false);
  expect(isFenced({ kind: "pause", target: "broker-1", forMs: 6_000 })).toBe(false);
  expect(isFenced({ kind: "hold", target: "link member-1 broker-1", forMs: 6_000 })).toBe(false);
  expect(isFenced({ kind: "cpu-throttle", forMs: 6_000 })).toBe(false);
});

test("a scenario's number raises a minimum and never lowers it; a reason puts its own in place of all of the kind", () => {
  const zero = { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 };
  const pause = { kind: "pause", forMs: 6_000 };
  const asked = { ...zero, mixedVersionCommits: 100, commitsByVersion: 5 };
  expect(minima({ scenario: { exercised: asked } })).toEqual({
    "commitsByVersion (count, v1)": 5,
    "commitsByVersion (count, v2)": 5,
    mixedVersionCommits: 100,
    warmRestores: 1,
  });
  const because = "It is frozen when it owns nothing.";
  const lowered = {
    fencings: { atLeast: 1, because },
    warmRestores: { atLeast: 0, because },
    commitsByVersion: { atLeast: 0, because },
    mixedVersionCommits: { atLeast: 0, because },
  };
  expect(minima({ scenario: { exercised: { ...zero, lowered } }, faults: [pause, pause] })).toEqual({
    fencings: 1,
    "faults-active": 2,
  });
  expect(minima({ faults: [pause, pause] })).toMatchObject({ fencings: 2 });
});
