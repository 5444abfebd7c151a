import { expect, test } from "vitest";
import type { EvidenceEnd } from "../../model/evidence.ts";
import { findingOf, findingsOf, withOutcome } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

/** Two inputs of one key, committed by two transactions. */
function twoCommits(): World {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  world.input(0, "a");
  world.transact(0);
  return world;
}

test("EO1-EO4 and OR1 are valid on a correct run and say what they examined", () => {
  const findings = findingsOf(twoCommits().finish());
  expect(
    ["EO1", "EO2", "EO3", "EO4", "OR1"].map((id) => [id, findings.get(id)?.outcome, findings.get(id)?.examined]),
  ).toEqual([
    ["EO1", "valid", 2],
    ["EO2", "valid", 2],
    ["EO3", "valid", 2],
    ["EO4", "valid", 2],
    ["OR1", "valid", 2],
  ]);
});

test("nothing is valid on an empty history", () => {
  expect(withOutcome(findingsOf([]), "valid")).toEqual([]);
  expect(withOutcome(findingsOf([]), "invalid")).toEqual([]);
});

test("EO1 points to both outputs of one cause", () => {
  const world = twoCommits();
  world.transact(0, { edit: ({ outputs }) => void outputs.push({ key: "a", value: "1", cause: [0, 0] }) });
  const finding = findingOf("EO1", world.finish());
  expect(finding).toMatchObject({ outcome: "invalid", examined: 3, why: null });
  expect(finding.anomalies).toEqual([
    {
      invariant: "EO1",
      sentence: "Output 0 of in-0@0 is committed twice.",
      expected: "one committed output",
      actual: "two committed outputs",
      evidence: ["r:out-0@0", "r:out-0@4"],
      restsOn: [
        { ledger: "log", partition: "out-0", from: 0, to: 0, claims: "presence" },
        { ledger: "log", partition: "out-0", from: 4, to: 4, claims: "presence" },
      ],
      firstBadCommit: "r:__transaction_state-0@4",
      task: "count-0",
      seq: world.batches.flatMap((batch) => (batch.kind === "transaction" ? [batch.transaction.seq] : [])).at(-1),
      more: 0,
    },
  ]);
});

test("EO1 accuses nobody where the scenario declares at-least-once and nothing tells of hand-overs (C2)", () => {
  const world = twoCommits();
  world.transact(0, { edit: ({ outputs }) => void outputs.push({ key: "a", value: "1", cause: [0, 0] }) });
  const findings = findingsOf(world.finish(), { plan: toyPlan({ guarantee: "at-least-once" }) });
  expect(findings.get("EO1")?.outcome).toBe("unknown");
  expect(withOutcome(findings, "invalid")).toEqual([]);
});

test("an aborted copy of an output is no duplicate, and an aborted output is no effect", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.open(0);
  world.transact(0);
  expect(withOutcome(findingsOf(world.finish()), "invalid")).toEqual([]);
});

test("EO2 names the source record and the commit that passed it", () => {
  const world = twoCommits();
  world.input(0, "b");
  world.transact(0, { edit: ({ outputs }) => void outputs.splice(0) });
  const [anomaly] = findingOf("EO2", world.finish()).anomalies;
  expect(anomaly).toMatchObject({
    sentence: "in-0@2 was passed by the commit of offset 3, but its output 0 is in no committed transaction.",
    expected: "output 0 of in-0@2",
    actual: "absent",
    evidence: ["r:in-0@2", "r:__consumer_offsets-0@4"],
    task: "count-0",
    more: 0,
  });
});

test("EO2 counts further losses of a task in `more`", () => {
  const world = new World();
  for (let i = 0; i < 5; i++) world.input(0, "a");
  world.transact(0, { edit: ({ outputs }) => void outputs.splice(0) });
  const { anomalies } = findingOf("EO2", world.finish());
  expect(anomalies.map(({ evidence, more }) => [evidence[0], more])).toEqual([["r:in-0@0", 4]]);
});

test("a loss is unknown when a sink partition has a hole or was not read to its end", () => {
  const lost = (change: Partial<EvidenceEnd>): string | undefined => {
    const world = new World();
    world.input(0, "a");
    world.transact(0, { edit: ({ outputs }) => void outputs.splice(0) });
    return findingOf("EO2", world.finish(change)).outcome;
  };
  expect(lost({})).toBe("invalid");
  expect(lost({ gaps: [{ what: "a torn file", topic: "out", partition: 0, from: 3, to: 9 }] })).toBe("unknown");
  expect(lost({ gaps: [{ what: "a torn file", topic: "elsewhere", partition: 0, from: 3, to: 9 }] })).toBe("invalid");
  expect(lost({ partitions: [] })).toBe("unknown");
});

test("a loss is unknown when the source log was not read from its beginning: f may have missed what came before", () => {
  const outcome = (firstOffset: number): string => {
    const world = new World();
    world.input(0, "a");
    world.transact(0, { edit: ({ outputs }) => void outputs.splice(0) });
    const last = world.finish().at(-1);
    if (last?.kind !== "end") throw new Error("no end");
    const partitions = last.end.partitions.map((log) => (log.topic === "in" ? { ...log, firstOffset } : log));
    return findingOf("EO2", [...world.batches.slice(0, -1), { ...last, end: { ...last.end, partitions } }]).outcome;
  };
  expect([outcome(0), outcome(1)]).toEqual(["invalid", "unknown"]);
});

test("EO2 points to the first commit that passed the record, not to the last one", () => {
  const world = new World();
  world.input(0, "a");
  const bad = world.transact(0, { edit: ({ outputs }) => void outputs.splice(0) });
  world.input(0, "b");
  world.transact(0);
  const [commit] = bad.commits;
  if (commit === undefined) throw new Error("no commit");
  const ref = `r:__consumer_offsets-0@${commit.at.offset}`;
  expect(findingOf("EO2", world.finish()).anomalies).toMatchObject([
    {
      sentence: "in-0@0 was passed by the commit of offset 1, but its output 0 is in no committed transaction.",
      evidence: ["r:in-0@0", ref],
      firstBadCommit: ref,
      seq: commit.seq,
    },
  ]);
});

test("a duplicate stays invalid when another partition has a hole: it is a presence", () => {
  const world = twoCommits();
  world.transact(0, { edit: ({ outputs }) => void outputs.push({ key: "a", value: "1", cause: [0, 0] }) });
  const gaps = [{ what: "a torn file", topic: null, partition: null, from: null, to: null }];
  expect(findingOf("EO1", world.finish({ gaps })).outcome).toBe("invalid");
});

test("filtering and fan-out are no losses and no duplicates (C3), nor is a retried input with the same content (C4)", () => {
  const world = new World();
  for (const value of ["drop", "pair", "one", "one", "drop", "pair", "gone", "one"]) world.input(0, "a", value);
  world.transact(0, { upTo: 3 });
  world.transact(0);
  expect(withOutcome(findingsOf(world.finish()), "invalid")).toEqual([]);
});

test("empty transactions, sparse offsets and tombstones are not flagged (C5)", () => {
  const world = new World();
  world.transact(0);
  world.abortedInput(0, "a");
  world.input(0, "a");
  world.transact(0);
  world.abortedInput(0, "a");
  world.input(0, "a", "gone");
  world.transact(0);
  world.transact(0);
  const findings = findingsOf(world.finish());
  expect(withOutcome(findings, "invalid")).toEqual([]);
  expect(findings.get("CK3")).toMatchObject({ outcome: "valid", examined: 4 });
});

test("many producers interleaved on one sink partition are not flagged (C9)", () => {
  const world = new World(6);
  for (let p = 0; p < 6; p++) for (let i = 0; i < 4; i++) world.input(p, "shared");
  for (let round = 1; round <= 4; round++) {
    const open = [0, 1, 2, 3, 4, 5].map((p) => world.begin(p, { upTo: round }));
    for (const one of open) one.send();
    for (const one of open.toReversed()) one.end("committed");
  }
  expect(withOutcome(findingsOf(world.finish()), "invalid")).toEqual([]);
});

test("EO3 flags an output whose cause was aborted, and TX2 flags it too, with both records", () => {
  const world = new World();
  const aborted = world.abortedInput(0, "a");
  world.input(0, "a");
  world.transact(0, { edit: ({ outputs }) => void outputs.unshift({ key: "a", value: "1", cause: [aborted, 0] }) });
  const findings = findingsOf(world.finish());
  expect(findings.get("EO3")?.anomalies.map(({ actual, evidence }) => [actual, evidence])).toEqual([
    ["an aborted record", ["r:out-0@0", "r:in-0@0"]],
  ]);
  expect(findings.get("TX2")?.anomalies.map(({ actual, evidence }) => [actual, evidence])).toEqual([
    ["a committed output", ["r:in-0@0", "r:out-0@0"]],
  ]);
});

test("EO3 is unknown where the source log has a hole at the cause", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { edit: ({ outputs }) => void outputs.push({ key: "a", value: "1", cause: [7, 0] }) });
  const gaps = [{ what: "a torn file", topic: "in", partition: 0, from: 5, to: 9 }];
  expect(findingOf("EO3", world.finish({ gaps })).outcome).toBe("unknown");
});

test("EO4 says the value that f expects in the writer's own format", () => {
  const world = new World();
  world.input(0, "a");
  world.open(0, { version: "v2", incarnation: 2 });
  world.transact(0, { edit: ({ outputs }) => void outputs.splice(0, 1, { key: "a", value: "1", cause: [0, 0] }) });
  expect(findingOf("EO4", world.finish()).anomalies).toMatchObject([
    { expected: "out a n=1", actual: "out a 1", evidence: ["r:in-0@0", "r:out-0@0"], task: "count-0" },
  ]);
});

test("without a specification the checkers that need f are unknown, and say what to name", () => {
  const finding = findingOf("EO4", twoCommits().finish(), { specification: null });
  expect([finding.outcome, finding.why]).toEqual([
    "unknown",
    "No specification is loaded: name one in the pipeline's description (specificationPath).",
  ]);
});

test("OR1 flags two outputs of one key whose causes go back", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a");
  world.transact(0, { edit: (draft) => void (draft.outputs = draft.outputs.toReversed()) });
  expect(findingOf("OR1", world.finish()).anomalies).toMatchObject([
    {
      sentence: "Outputs of key a from in-0 go back in out-0.",
      actual: "1#0 at offset 0, 0#0 at 1",
      evidence: ["r:out-0@0", "r:out-0@1"],
    },
  ]);
});

test("OR1 lets outputs of different keys change places", () => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "b");
  world.transact(0, { edit: (draft) => void (draft.outputs = draft.outputs.toReversed()) });
  expect(findingOf("OR1", world.finish()).outcome).toBe("valid");
});

test.each([
  [2, "valid"],
  [1, "invalid"],
  [null, "invalid"],
] as const)("TX2 compares the committed offset 2 with a broker's answer of %s: %s", (nextOffset, outcome) => {
  const world = new World();
  world.input(0, "a");
  world.input(0, "a");
  world.transact(0);
  world.event({ kind: "run-phase", phase: "final-read" });
  world.event({ kind: "offset-fetched", group: "toy-count", topic: "in", partition: 0, nextOffset });
  expect(findingOf("TX2", world.finish()).outcome).toBe(outcome);
});
