import { expect, test } from "vitest";
import type { Transaction } from "../model/evidence.ts";
import { findingOf, findingsOf, withOutcome } from "./findings.fixture.ts";
import { World } from "./hand-written.fixture.ts";

/** One committed transaction, replaced by what `change` makes of it. */
function changed(change: (transaction: Transaction) => Transaction): World {
  const world = new World();
  world.input(0, "a");
  const transaction = world.transact(0);
  world.batches.splice(-1, 1, { kind: "transaction", transaction: change(transaction) });
  return world;
}

const abortMarkerAt =
  (topic: string) =>
  (transaction: Transaction): Transaction => ({
    ...transaction,
    parts: transaction.parts.map((part) =>
      part.topic === topic && part.marker !== null ? { ...part, marker: { ...part.marker, outcome: "abort" } } : part,
    ),
  });

test("TX1 and TX3 are valid on a correct run, idle without transactions", () => {
  const correct = findingsOf(changed((transaction) => transaction).finish());
  expect([correct.get("TX1")?.outcome, correct.get("TX3")?.outcome]).toEqual(["valid", "valid"]);
  const empty = findingsOf(new World().finish());
  expect([empty.get("TX1")?.outcome, empty.get("TX3")?.outcome]).toEqual(["idle", "idle"]);
});

test("TX1 flags an abort marker of a committed transaction, TX3 its two outcomes", () => {
  const findings = findingsOf(changed(abortMarkerAt("out")).finish());
  expect(findings.get("TX1")?.anomalies).toMatchObject([
    {
      sentence: "Transaction toy-count-0 is committed, but out-0 holds an abort marker for it.",
      evidence: ["r:__transaction_state-0@0", "r:out-0@1"],
    },
  ]);
  expect(findings.get("TX3")?.anomalies).toMatchObject([{ actual: "count-log-0: commit, out-0: abort" }]);
});

test("TX3 flags records of two epochs under one marker", () => {
  const world = changed((transaction) => ({
    ...transaction,
    parts: transaction.parts.map((part) =>
      part.topic === "count-log" ? { ...part, epochs: Int32Array.from([0, 2]) } : part,
    ),
  }));
  expect(findingOf("TX3", world.finish()).anomalies).toMatchObject([
    { expected: "records of one epoch under one marker", actual: "epochs 0 and 2" },
  ]);
});

test("an undecided transaction makes TX1 unknown", () => {
  const world = changed((transaction) => ({ ...transaction, outcome: "gap", why: "a marker is missing" }));
  expect(findingOf("TX1", world.finish()).outcome).toBe("unknown");
});

test("OF1 flags a committed offset that goes back, by the offsets log", () => {
  const world = new World();
  for (let i = 0; i < 5; i++) world.input(0, "a");
  world.plainCommit(0, 5);
  world.plainCommit(0, 3);
  expect(findingOf("OF1", world.finish()).anomalies).toMatchObject([
    { expected: "5 or more", actual: "3", evidence: ["r:__consumer_offsets-0@0", "r:__consumer_offsets-0@1"] },
  ]);
});

test("OF1 names kafkajs's reset, and a tombstone", () => {
  const actual = (next: number | null): string | undefined => {
    const world = new World();
    world.plainCommit(0, 5);
    world.plainCommit(0, next);
    return findingOf("OF1", world.finish()).anomalies[0]?.actual;
  };
  expect(actual(-1)).toBe("-1 (kafkajs's reset of an offset out of range)");
  expect(actual(null)).toBe("a tombstone");
});

test("OF1 goes by the place of the commit records, whatever the order of the markers", () => {
  const world = new World();
  for (let i = 0; i < 4; i++) world.input(0, "a");
  const a = world.begin(0, { upTo: 2 });
  a.send();
  const b = world.begin(0, { upTo: 4 });
  b.send();
  b.end("committed");
  a.end("committed");
  expect(findingOf("OF1", world.finish()).outcome).toBe("valid");
});

test("OF1 is idle where no stage's group committed", () => {
  expect(findingOf("OF1", new World().finish()).outcome).toBe("idle");
});

test("OF2 flags a plain commit in force before the effect's transaction (commit on poll)", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a");
  world.plainCommit(0, 2);
  world.transact(0);
  expect(findingOf("OF2", world.finish()).anomalies).toMatchObject([
    {
      sentence: "The commit of offset 2 was in force before the effect of in-0@0 was committed.",
      actual: "an effect in a later transaction only",
      evidence: ["r:in-0@0", "r:__consumer_offsets-0@0"],
      more: 1,
    },
  ]);
});

test("OF2 flags a record that no transaction ever answers", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "b");
  world.transact(0, { edit: ({ outputs }) => void outputs.pop() });
  expect(findingOf("OF2", world.finish()).anomalies).toMatchObject([
    { actual: "no effect in any committed transaction", evidence: ["r:in-0@1", "r:__consumer_offsets-0@0"] },
  ]);
});

test("OF2 does not flag an effect whose transaction cannot be placed after the commit", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { edit: ({ commits }) => void commits.splice(0) });
  world.plainCommit(0, 1);
  const findings = findingsOf(world.finish());
  expect(findings.get("OF2")?.outcome).toBe("valid");
  expect(withOutcome(findings, "invalid")).toEqual(["CK3"]);
});

test("OF3 flags a new owner that begins above the committed offset", () => {
  const world = new World();
  for (let i = 0; i < 3; i++) world.input(0, "a");
  world.transact(0, { upTo: 1 });
  world.open(0, { member: "member-2" });
  world.transact(0, { edit: ({ outputs, changes }) => void [outputs.shift(), changes.splice(1)] });
  expect(findingOf("OF3", world.finish()).anomalies).toMatchObject([
    {
      sentence: "The first commit of member-2/1 for in-0 does not begin at the committed offset.",
      expected: "the effect of in-0@1, first at or above the committed offset 1",
      actual: "its transaction begins with in-0@2",
    },
  ]);
});

test("OF3 flags a new owner that begins below the committed offset", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a");
  world.transact(0, { upTo: 1 });
  world.open(0, { member: "member-2" });
  world.transact(0, { edit: ({ outputs }) => void outputs.unshift({ key: "a", value: "1", cause: [0, 0] }) });
  expect(findingOf("OF3", world.finish()).anomalies).toMatchObject([
    { expected: "causes at or above the committed offset 1", actual: "its transaction begins with in-0@0" },
  ]);
});

test("OF3 flags the first owner that does not begin at the log's start", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "b");
  world.transact(0, { edit: ({ outputs, changes }) => void [outputs.shift(), changes.splice(1, 1)] });
  expect(findingOf("OF3", world.finish()).outcome).toBe("invalid");
});

test("OF3 lets a first commit cover only records without effect", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  world.input(0, "a", "drop");
  world.open(0, { member: "member-2" });
  world.transact(0);
  world.input(0, "a");
  world.transact(0);
  expect(findingOf("OF3", world.finish())).toMatchObject({ outcome: "valid", examined: 2 });
});

test("FE1 flags a batch of an older epoch behind a newer one", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a");
  const zombie = world.task(0).session;
  world.open(0);
  world.transact(0, { upTo: 1 });
  world.transact(0, { session: zombie });
  expect(findingOf("FE1", world.finish()).anomalies).toMatchObject([
    { sentence: "count-log-0 holds a batch of a fenced epoch of producer 10.", actual: "epoch 0" },
  ]);
});

/** member-1 commits, member-2 takes over and commits, member-1 commits again under its own id. */
function again(isReturned: boolean): World {
  const world = new World();
  for (let i = 0; i < 3; i++) world.input(0, "a");
  const a = world.task(0).session;
  world.generation({ "member-1": [0], "member-2": [1] });
  world.transact(0, { upTo: 1 });
  world.generation({ "member-1": [], "member-2": [0, 1] });
  world.open(0, { member: "member-2", producerId: 77 });
  world.transact(0, { upTo: 2 });
  if (isReturned) world.generation({ "member-1": [0], "member-2": [1] });
  world.transact(0, { session: a });
  return world;
}

test("FE1 flags an owner that commits again without a generation that gave the partition back", () => {
  expect(findingOf("FE1", again(false).finish()).anomalies).toMatchObject([
    {
      sentence: "member-1/1 committed offsets of in-0 again after member-2/1 had taken it over.",
      expected: "a generation that gives in-0 back to member-1",
      actual: "none after generation 2",
    },
  ]);
});

test("FE1 lets an owner come back through a generation", () => {
  expect(findingOf("FE1", again(true).finish()).outcome).toBe("valid");
});
