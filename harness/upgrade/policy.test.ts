import { expect, test } from "vitest";
import { rolling } from "../program/program.fixture.ts";
import type { Reading } from "./gates/gate.ts";
import { compileBack } from "../program/way-back.ts";
import { decide, onTimeoutOf, plannedTurn } from "./policy.ts";
import { advance, beginState, type UpgradeState } from "./state.ts";

const [act] = rolling(["member-1"]);
if (act === undefined) throw new Error("no act");
const met: Reading = { gate: "lag", value: 1, bound: 5, missing: null };
const unmet: Reading = { gate: "lag", value: 9, bound: 5, missing: "member-1 lags by 9 records, above 5" };
const stops = { kind: "stop", refused: null } as const;
const situation = { act, waitedMs: 0, timeoutMs: 100, failures: [], onTimeout: stops, hold: null };

test("an act proceeds when no gate of it lacks anything, however long that took", () => {
  expect(decide({ ...situation, readings: [] })).toEqual({ kind: "proceed" });
  expect(decide({ ...situation, readings: [met, met], waitedMs: 1_000 })).toEqual({ kind: "proceed" });
});

test("one gate that lacks something pauses the upgrade, until its time is over: then it stops, with what was missing", () => {
  const why = "ready before member-1 (lag: member-1 lags by 9 records, above 5)";
  expect(decide({ ...situation, readings: [met, unmet], waitedMs: 99 })).toEqual({ kind: "pause", why });
  expect(decide({ ...situation, readings: [met, unmet], waitedMs: 100, failures: ["It ended."] })).toEqual({
    kind: "stop",
    why: `Waited 100 ms for ${why}. It ended.`,
  });
});

const program = rolling(["member-1", "member-2"], "v2", "f");
const upgrade = { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 0, finalise: true } as const;
const back = compileBack(program, { members: ["member-1", "member-2"], from: "v1", to: "v2", upgrade, flag: "f" });
/** The upgrade with every act settled up to this one, and this one begun. */
function inAct(act: string): UpgradeState {
  const before = program.slice(
    0,
    program.findIndex(({ id }) => id === act),
  );
  const entries = before.flatMap(({ id }) => [
    { kind: "act-began", act: id } as const,
    { kind: "act-settled", act: id } as const,
  ]);
  return [...entries, { kind: "act-began", act } as const].reduce(advance, beginState({ program, back }));
}
const settled = (act: string): UpgradeState => advance(inAct(act), { kind: "act-settled", act });

test("an act that takes too long is rolled back from where the scenario says so, else the upgrade stops", () => {
  const rollsBack = { ...upgrade, onGateTimeout: "roll-back" } as const;
  expect(onTimeoutOf(inAct("catch-up of member-2"), upgrade)).toEqual({ kind: "stop", refused: null });
  expect(onTimeoutOf(inAct("catch-up of member-2"), rollsBack)).toEqual({ kind: "roll-back", refused: null });
  const late = { ...situation, readings: [unmet], waitedMs: 100 };
  expect(decide({ ...late, onTimeout: onTimeoutOf(inAct("prepare f"), rollsBack) }).kind).toBe("roll-back");
});

test("from the activation on there is no way back, and the stop says why", () => {
  const refused = /^It is not rolled back: activate f had begun/u;
  const rollsBack = { ...upgrade, onGateTimeout: "roll-back" } as const;
  expect(onTimeoutOf(inAct("activate f"), rollsBack)).toEqual({
    kind: "stop",
    refused: expect.stringMatching(refused),
  });
  expect(plannedTurn(settled("activate f"), { ...upgrade, rollBackAfter: "activate f" })).toEqual({
    kind: "stop",
    why: expect.stringMatching(/^The plan rolls back after activate f, and cannot: activate f had begun/u),
  });
});

test("the way back is not rolled back again: an act of it that takes too long stops the upgrade", () => {
  const state = advance(inAct("gate of member-1"), { kind: "roll-back-began", act: "gate of member-1", why: "late" });
  expect(onTimeoutOf(state, { ...upgrade, onGateTimeout: "roll-back" })).toEqual({
    kind: "stop",
    refused: "That was on the way back, which began in gate of member-1.",
  });
});

test("a planned rollback is due when its act has settled, not before, and once", () => {
  const planned = { ...upgrade, rollBackAfter: "gate of member-1" };
  const due = { kind: "roll-back", why: "The plan rolls back after gate of member-1." };
  expect(plannedTurn(inAct("gate of member-1"), planned)).toBe(null);
  expect(plannedTurn(settled("gate of member-1"), planned)).toEqual(due);
  expect(plannedTurn(settled("gate of member-1"), upgrade)).toBe(null);
  const turned = advance(settled("gate of member-1"), {
    kind: "roll-back-began",
    act: "gate of member-1",
    why: due.why,
  });
  expect(plannedTurn(turned, planned)).toBe(null);
});

test("a level that no wait can mend ends the act at once, as one that takes too long", () => {
  const broken: Reading = { gate: "errors", value: 1, bound: 0, missing: "1 end, above 0", isFinal: true };
  const rollsBack = { kind: "roll-back", refused: null } as const;
  expect(decide({ ...situation, readings: [met, broken], onTimeout: rollsBack }).kind).toBe("roll-back");
  expect(decide({ ...situation, readings: [met, broken] })).toEqual({
    kind: "stop",
    why: "A level was not kept, and no wait mends it: ready before member-1 (errors: 1 end, above 0).",
  });
});

test("an act that waits for long holds the workload, for a bounded time; then it is given up", () => {
  const waiting = { ...situation, readings: [unmet], timeoutMs: 1_000, hold: { afterMs: 50, forMs: 100 } };
  const at = (waitedMs: number) => decide({ ...waiting, waitedMs });
  expect([at(49).kind, at(50).kind, at(149).kind, at(150).kind]).toEqual(["pause", "hold", "hold", "stop"]);
  expect(at(150)).toMatchObject({ why: expect.stringMatching(/^Held the sources for 100 ms, and still waits for/u) });
  expect(decide({ ...waiting, readings: [met], waitedMs: 500 })).toEqual({ kind: "proceed" });
});
