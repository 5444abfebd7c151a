import { expect, test } from "vitest";
import { findingOf, findingsOf, withOutcome } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toySpecification } from "../toy-pipeline.fixture.ts";

/** Inputs of key a, committed one by one. */
function commits(n: number): World {
  const world = new World();
  for (let i = 0; i < n; i++) {
    world.input(0, "a");
    world.transact(0);
  }
  return world;
}

test("CK1-CK4 and ST1 are valid on a correct run with a checkpoint, a crash and a successor", () => {
  const world = commits(2);
  world.checkpoint(0);
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.open(0, { member: "member-2", version: "v2" });
  world.transact(0);
  world.checkpoint(0, {}, "2");
  const findings = findingsOf(world.finish());
  expect(["CK1", "CK2", "CK3", "CK4", "ST1"].map((id) => [id, findings.get(id)?.outcome])).toEqual([
    ["CK1", "valid"],
    ["CK2", "valid"],
    ["CK3", "valid"],
    ["CK4", "valid"],
    ["ST1", "valid"],
  ]);
});

test("CK3 flags offsets outside the transaction, with the effect as evidence", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { edit: ({ commits: all }) => void all.splice(0) });
  world.plainCommit(0, 1);
  expect(findingOf("CK3", world.finish()).anomalies).toMatchObject([
    {
      sentence: "A committed transaction of member-1/1 with effects of in-0 commits no offset for it.",
      expected: "one offset commit inside the transaction",
      evidence: ["r:count-log-0@0"],
    },
  ]);
});

test("CK3 flags an offset one too low, one too high and a cause committed before", () => {
  const said = (next: number): unknown => {
    const world = new World();
    for (let i = 0; i < 3; i++) world.input(0, "a");
    world.transact(0, { upTo: 2, edit: ({ commits: all }) => void all.splice(0, 1, next) });
    return findingOf("CK3", world.finish()).anomalies.map(({ expected, actual }) => [expected, actual]);
  };
  expect(said(2)).toEqual([]);
  expect(said(1)).toEqual([["a next offset above its own cause in-0@1", "1"]]);
  expect(said(3)).toEqual([["a next offset of at most 2: the effect of in-0@2 is not in the transaction", "3"]]);
  expect(said(9)).toEqual([["a next offset of at most 2: the effect of in-0@2 is not in the transaction", "9"]]);
});

test("CK3 counts duplicates, poison, markers and aborted records as expecting none", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a", "drop");
  world.abortedInput(0, "a");
  world.transact(0);
  world.input(0, "a", "drop");
  world.transact(0);
  expect(findingOf("CK3", world.finish())).toMatchObject({ outcome: "valid", examined: 2 });
});

test("CK3 lets a retried request leave two equal commit records, not two different ones", () => {
  const outcome = (second: number): string => {
    const world = new World();
    world.input(0, "a");
    world.input(0, "a");
    world.transact(0, { edit: ({ commits: all }) => void all.push(second) });
    return findingOf("CK3", world.finish()).outcome;
  };
  expect(outcome(2)).toBe("valid");
  expect(outcome(1)).toBe("invalid");
});

test("CK4 flags the first committed state after an open from a dirty store; EO4 and ST1 see it too", () => {
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.open(0, { incarnation: 2 });
  world.transact(0, {
    edit: ({ outputs, changes }) => {
      outputs.splice(0, 1, { key: "a", value: "3", cause: [1, 0] });
      changes.splice(1, 1, { key: "a", value: "3", cause: [1, 0] });
    },
  });
  const findings = findingsOf(world.finish());
  expect(findings.get("CK4")?.anomalies).toMatchObject([{ expected: "out a 2", actual: "out a 3", more: 1 }]);
  expect(withOutcome(findings, "invalid")).toEqual(["CK4", "EO4", "ST1"]);
});

test("CK4 is no judge of later transactions of the same open", () => {
  const world = commits(2);
  world.input(0, "a");
  world.transact(0, { edit: ({ outputs }) => void outputs.splice(0, 1, { key: "a", value: "9", cause: [2, 0] }) });
  const findings = findingsOf(world.finish());
  expect([findings.get("CK4")?.outcome, findings.get("EO4")?.outcome]).toEqual(["valid", "invalid"]);
});

test("ST1 flags a state that never reached the changelog, at the commit that lacks it", () => {
  const world = commits(2);
  world.input(0, "a");
  world.transact(0, { edit: ({ changes }) => void changes.splice(1) });
  expect(findingOf("ST1", world.finish()).anomalies).toMatchObject([
    { expected: "3", actual: "2", firstBadCommit: "r:__consumer_offsets-0@4", task: "count-0" },
  ]);
});

test("ST1 lets an unchanged state be written again, in another schema too", () => {
  const world = commits(2);
  world.input(0, "b");
  world.transact(0, { edit: ({ changes }) => void changes.push({ key: "a", value: "2!", cause: [1, 0] }) });
  expect(findingOf("ST1", world.finish()).outcome).toBe("valid");
});

test("ST1 flags a position record that is not the transaction's commit, and bytes that do not decode", () => {
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, {
    edit: ({ changes }) => {
      changes.splice(0, 1, { key: "#position", value: "7/2", cause: null });
      changes.push({ key: "z", value: "?", cause: null });
    },
  });
  expect(findingOf("ST1", world.finish()).anomalies.map(({ expected, actual }) => [expected, actual])).toEqual([
    ["next offset 2", "next offset 7"],
    ["a position or state record", "not a state"],
  ]);
});

test("ST1 flags a commit without the position record that the specification promises, with and without other records", () => {
  const without = (changesKept: number): World => {
    const world = commits(1);
    world.input(0, "a");
    world.transact(0, { edit: ({ changes }) => void changes.splice(0, 2 - changesKept) });
    return world;
  };
  expect(findingOf("ST1", without(1).finish()).anomalies).toMatchObject([
    {
      sentence: "A transaction commits next offset 2 for count-0 and writes no position record into count-log-0.",
      expected: "a position record with next offset 2",
      actual: "1 state records and no position record",
      evidence: ["r:count-log-0@3", "r:__consumer_offsets-0@2"],
      task: "count-0",
    },
  ]);
  expect(findingOf("ST1", without(0).finish()).anomalies.map(({ actual }) => actual)).toContain("no changelog record");
});

test("ST1 wants no position record of a pipeline whose specification promises none", () => {
  const { count } = toySpecification.stages;
  if (count === undefined) throw new Error("The toy has a stage count.");
  const specification = { stages: { count: { ...count, hasPositionRecords: false } } };
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, { edit: ({ changes }) => void changes.splice(0, 1) });
  expect(findingOf("ST1", world.finish(), { specification }).outcome).toBe("valid");
});

test("ST1 is unknown where a hole in the changelog may have swallowed the position record", () => {
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, { edit: ({ changes }) => void changes.splice(0, 1) });
  world.event({ kind: "tail-gap", topic: "count-log", partition: 0, from: 3, to: 3 });
  expect(findingOf("ST1", world.finish()).outcome).toBe("unknown");
});

test("ST1 is unknown from an undecided transaction on", () => {
  const world = commits(1);
  world.input(0, "a");
  world.transact(0, { outcome: "gap" });
  expect(findingOf("ST1", world.finish()).outcome).toBe("unknown");
});
