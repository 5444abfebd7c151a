import * as fc from "fast-check";
import { expect, test } from "vitest";
import { upgradePhases } from "../model/scenario.ts";
import {
  advance,
  nextAction,
  startOf,
  versionOf,
  type UpgradeEntry,
  type UpgradeProgram,
  type UpgradeState,
} from "./machine.ts";

function programOfSize(steps: number, finalise: boolean): UpgradeProgram {
  return {
    steps: Array.from({ length: steps }, (_, index) => ({ member: `member-${index + 1}`, from: "v1", to: "v2" })),
    finalise,
  };
}

/** The entry that carrying out the next action writes; null at the end. */
function nextEntry(state: UpgradeState): UpgradeEntry | null {
  const action = nextAction(state);
  switch (action.kind) {
    case "phase":
      return { kind: action.resumed ? "phase-settled" : "phase-began", step: action.step, phase: action.phase };
    case "settle-step":
      return { kind: "step-settled", step: action.step };
    case "finalise":
      return action.resumed ? { kind: "finalised", epoch: 1 } : { kind: "finalise-began" };
    case "done":
    case "stopped":
      return null;
    default:
      return action satisfies never;
  }
}

function wholeJournal(program: UpgradeProgram, from: UpgradeState = startOf(program)): readonly UpgradeEntry[] {
  const entries: UpgradeEntry[] = [];
  for (let state = from; ;) {
    const entry = nextEntry(state);
    if (entry === null) return entries;
    entries.push(entry);
    state = advance(state, entry);
  }
}

test("one step goes through every phase in order, each begun before it is settled, then finalise", () => {
  expect(wholeJournal(programOfSize(1, true))).toEqual([
    ...upgradePhases.flatMap((phase) => [
      { kind: "phase-began", step: 0, phase },
      { kind: "phase-settled", step: 0, phase },
    ]),
    { kind: "step-settled", step: 0 },
    { kind: "finalise-began" },
    { kind: "finalised", epoch: 1 },
  ]);
});

test("from any prefix of a journal the rest is done, and nothing of the prefix again", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.nat(), (steps, finalise, cut) => {
      const program = programOfSize(steps, finalise);
      const whole = wholeJournal(program);
      const prefix = whole.slice(0, cut % (whole.length + 1));
      const replayed = prefix.reduce(advance, startOf(program));
      expect([...prefix, ...wholeJournal(program, replayed)]).toEqual(whole);
    }),
  );
});

test("a phase that was begun and not settled comes back as resumed, never as new", () => {
  const begun = advance(startOf(programOfSize(1, false)), { kind: "phase-began", step: 0, phase: "drain" });
  expect(nextAction(begun)).toEqual({ kind: "phase", step: 0, phase: "drain", resumed: true });
});

test("an entry that cannot follow is refused", () => {
  const program = programOfSize(2, true);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (cut, other) => {
      const whole = wholeJournal(program);
      const state = whole.slice(0, cut % whole.length).reduce(advance, startOf(program));
      const wrong = whole[other % whole.length];
      fc.pre(wrong !== undefined && JSON.stringify(wrong) !== JSON.stringify(whole[cut % whole.length]));
      if (wrong !== undefined) expect(() => advance(state, wrong)).toThrow(/cannot follow/u);
    }),
  );
});

test("a stopped upgrade stays stopped and says why", () => {
  const state = advance(startOf(programOfSize(1, true)), { kind: "stopped", why: "the gate of member-1" });
  expect(nextAction(state)).toEqual({ kind: "stopped", why: "the gate of member-1" });
});

test("a member runs the new version from the moment that its start was intended", () => {
  const program = programOfSize(2, false);
  const versions = (entries: readonly UpgradeEntry[]): readonly string[] => {
    const state = entries.reduce(advance, startOf(program));
    return ["member-1", "member-2", "member-9"].map((member) => versionOf(state, member));
  };
  const whole = wholeJournal(program);
  const start = whole.findIndex((entry) => entry.kind === "phase-began" && entry.phase === "start");
  expect(versions([])).toEqual(["v1", "v1", "v1"]);
  expect(versions(whole.slice(0, start))).toEqual(["v1", "v1", "v1"]);
  expect(versions(whole.slice(0, start + 1))).toEqual(["v2", "v1", "v1"]);
  expect(versions(whole)).toEqual(["v2", "v2", "v1"]);
});
