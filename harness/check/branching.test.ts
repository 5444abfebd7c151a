/** Several readers of a topic, several stages in a group, several sources of a stage, partition counts of their own: judged by task. */
import { describe, expect, test } from "vitest";
import { branching, branchingCopies } from "../audit/branching.fixture.ts";
import { beginHandWritten, status, type HandWritten, type Place } from "../audit/hand-written.fixture.ts";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import { judged } from "./toy-history.fixture.ts";

const offsets = "__consumer_offsets-0";

/** What one transaction writes and commits. */
interface Write {
  readonly group: string;
  /** Place → values, each its own key. */
  readonly outputs?: Readonly<Record<Place, readonly string[]>>;
  /** Source partition → next offset. */
  readonly next: Readonly<Record<Place, number>>;
}

/** Every stage has read all that there is: `in` three partitions, `fees` four, `refunds` two. */
const whole: readonly Write[] = [
  {
    group: "app",
    outputs: { "fees-0": ["a", "b"], "fees-3": ["c", "d", "e"] },
    next: { "in-0": 2, "in-1": 1, "in-2": 2 },
  },
  { group: "ids", outputs: { "ids-0": ["a", "b"] }, next: { "in-0": 2 } },
  { group: "ids", outputs: { "ids-0": ["c", "d", "e"] }, next: { "in-1": 1, "in-2": 2 } },
  { group: "app", outputs: { "ledger-0": ["a", "b", "r"] }, next: { "fees-0": 2, "refunds-0": 1 } },
  { group: "app", outputs: { "ledger-1": ["c", "d", "e"] }, next: { "fees-3": 3 } },
  { group: "app", outputs: { "ledger-1": ["s"] }, next: { "refunds-1": 1 } },
];

const isPlace = (text: string): text is Place => /-\d+$/.test(text);
const places = <T>(of: Readonly<Record<Place, T>>): readonly (readonly [Place, T])[] =>
  Object.entries(of).flatMap(([place, one]) => (isPlace(place) ? [[place, one] as const] : []));

function transact(history: HandWritten, i: number, { group, outputs = {}, next }: Write): void {
  const [id, by] = [`id-${i}`, { pid: i + 1, epoch: 0 }];
  const listed = [...places(outputs).map(([place]) => place), offsets] as const;
  history.state(id, by, status.ongoing, listed);
  for (const [place, values] of places(outputs)) history.data(place, recordsOf(values), by);
  for (const [place, to] of places(next)) history.commit({ group, ...sourceAt(place) }, to, by);
  history.state(id, by, status.prepareCommit, listed);
  for (const place of listed) history.marker(place, by, "commit");
  history.state(id, by, status.completeCommit);
}

const recordsOf = (values: readonly string[]) => values.map((value) => ({ key: value, value }));

/** The same outside any transaction: outputs, then commits. */
function write(history: HandWritten, { group, outputs = {}, next }: Write): void {
  for (const [place, values] of places(outputs)) history.data(place, recordsOf(values));
  for (const [place, to] of places(next)) history.commit({ group, ...sourceAt(place) }, to);
}

function sourceAt(place: Place): { readonly topic: string; readonly partition: number } {
  const dash = place.lastIndexOf("-");
  return { topic: place.slice(0, dash), partition: Number(place.slice(dash + 1)) };
}

interface Judging {
  /** The only record of refunds-0. */
  readonly refund?: string;
  readonly description?: typeof branching;
  readonly isPlain?: boolean;
}

/** The findings over these transactions or plain writes, by invariant. */
function findings(writes: readonly Write[], { refund = "r", description = branching, isPlain = false }: Judging = {}) {
  const history = beginHandWritten();
  history.event({ kind: "process-started", process: "member-1", incarnation: 1, version: "v1", pid: 1, sha256: "0" });
  history.data("in-0", recordsOf(["a", "b"]));
  history.data("in-1", recordsOf(["c"]));
  history.data("in-2", recordsOf(["d", "e"]));
  history.data("refunds-0", recordsOf([refund]));
  history.data("refunds-1", recordsOf(["s"]));
  // Somebody else's: the log is there and was read.
  history.state("warm-up", { pid: 99, epoch: 0 }, status.empty);
  for (const [i, one] of writes.entries())
    if (isPlain) write(history, one);
    else transact(history, i, one);
  history.settle();
  const how = isPlain
    ? { description: { ...description, offsets: "group" as const }, plan: toyPlan({ guarantee: "at-least-once" }) }
    : { description };
  return judged(history.items, { context: { ...how, specification: branchingCopies } });
}

const invalid = (writes: readonly Write[], judging: Judging = {}): readonly string[] =>
  [...findings(writes, judging).values()].flatMap(({ invariant, outcome, anomalies }) =>
    outcome === "invalid" ? [`${invariant}: ${anomalies.map(({ task }) => task ?? "no task").join(", ")}`] : [],
  );

/** `whole` with one of its transactions changed. */
const changed = (i: number, change: Partial<Write>): readonly Write[] =>
  whole.map((write, k) => (k === i ? { ...write, ...change } : write));

test("a run in which every stage did its work is sound", () => {
  const found = findings(whole);
  const of = (...ids: readonly string[]) => ids.map((id) => [id, found.get(id)?.outcome]);
  const judgedHere = ["EO1", "EO2", "EO3", "EO4", "OR1", "TX1", "TX3", "OF1", "OF2", "OF3", "CK3"];
  expect(of(...judgedHere)).toEqual(judgedHere.map((id) => [id, "valid"]));
  expect(invalid(whole)).toEqual([]);
  // Five records, read by two stages; five fees and two refunds, read by one.
  expect([found.get("EO2")?.examined, found.get("EO1")?.examined]).toEqual([17, 17]);
});

test.each([
  [
    "the second reader loses what the first one has",
    changed(1, { outputs: { "ids-0": ["a"] } }),
    ["EO2: id-0", "OF2: id-0", "CK3: id-0"],
  ],
  [
    "the second reader writes twice what the first one has once",
    changed(1, { outputs: { "ids-0": ["a", "b", "b"] } }),
    ["EO1: id-0"],
  ],
  ["a partition beyond the workload's count is lost", changed(4, { outputs: {} }), ["EO2: merge-3", "OF2: merge-3"]],
  ["one of two sources is lost", changed(3, { outputs: { "ledger-0": ["a", "b"] } }), ["EO2: merge-0", "OF2: merge-0"]],
  ["one of two sources is not committed", changed(3, { next: { "fees-0": 2 } }), ["CK3: merge-0"]],
  [
    "an offset goes back in one stage of a shared group",
    [...whole, { group: "app", next: { "refunds-1": 0 } }],
    ["OF1: merge-1"],
  ],
] as const)("%s: convicted, with its task", (_, writes, expected) => {
  expect(invalid(writes).toSorted()).toEqual([...expected].toSorted());
});

test("at least once, without transactions: each reader is judged for itself", () => {
  const of = (writes: readonly Write[]) => {
    const found = findings(writes, { isPlain: true });
    return ["EO2", "EO3", "OF1", "OF2"].map((id) => `${id} ${found.get(id)?.outcome ?? "none"}`);
  };
  expect(of(whole)).toEqual(["EO2 valid", "EO3 valid", "OF1 valid", "OF2 valid"]);
  expect(invalid(changed(1, { outputs: { "ids-0": ["a"] } }), { isPlain: true })).toEqual(["EO2: id-0", "OF2: id-0"]);
  expect(invalid(changed(4, { outputs: {} }), { isPlain: true })).toEqual(["EO2: merge-3", "OF2: merge-3"]);
});

test("what one reader committed says nothing of the other", () => {
  const behind = whole.filter((_, i) => i !== 2);
  expect(invalid(behind)).toEqual([]);
  expect(findings(behind).get("EO2")?.examined).toBe(14);
});

describe("two sources with equal records, refunds-0 before fees-0", () => {
  const refunded = { group: "app", outputs: { "ledger-0": ["a"] }, next: { "refunds-0": 1 } } as const;
  const paid = { group: "app", outputs: { "ledger-0": ["a", "b"] }, next: { "fees-0": 2 } } as const;
  const equal = [...whole.slice(0, 3), refunded, paid, ...whole.slice(4)];

  test("an output answers the source that its transaction commits for", () => {
    expect(invalid(equal, { refund: "a" })).toEqual([]);
    const found = findings(equal, { refund: "a" });
    const ids = ["EO1", "EO2", "EO3", "EO4", "OF2", "OF3"];
    expect(ids.map((id) => [id, found.get(id)?.outcome])).toEqual(ids.map((id) => [id, "valid"]));
  });

  test("a copy too many is EO1, which names both", () => {
    const twice = [...equal, { group: "app", outputs: { "ledger-0": ["a"] }, next: {} }];
    const [anomaly] = findings(twice, { refund: "a" }).get("EO1")?.anomalies ?? [];
    expect(anomaly?.sentence).toMatch(/: (fees-0@0 or r:refunds-0@0|refunds-0@0 or r:fees-0@0) is answered twice\.$/);
  });

  test("an output of a transaction that commits for neither leaves a doubt about the source", () => {
    const uncommitted = [{ ...refunded, next: {} }, paid, ...whole.slice(4)];
    const found = findings([...whole.slice(0, 3), ...uncommitted], { refund: "a" });
    expect(["EO1", "OR1"].map((id) => found.get(id)?.outcome)).toEqual(["valid", "valid"]);
    expect([found.get("CK3")?.outcome, found.get("CK3")?.why]).toEqual([
      "unknown",
      expect.stringMatching(/answers (r:fees-0@0 or r:refunds-0@0|r:refunds-0@0 or r:fees-0@0)/),
    ]);
  });
});

describe("changelogs", () => {
  const log = (stage: string): typeof branching => ({
    ...branching,
    topics: (partitions) => [...branching.topics(partitions), { name: "log", partitions: 4, config: {} }],
    stages: branching.stages.map((one) => (one.name === stage ? { ...one, changelog: "log" } : one)),
  });
  const logged = (i: number, place: Place): readonly Write[] =>
    changed(i, { outputs: { ...whole[i]?.outputs, [place]: ["x"] } });

  test("a change belongs to a source that its transaction commits for, and the order of two sources is in no log", () => {
    for (const writes of [logged(5, "log-1"), logged(4, "log-3")]) {
      const found = findings(writes, { description: log("merge") });
      expect([found.get("CK3")?.outcome, found.get("ST1")?.outcome, found.get("ST1")?.why]).toEqual([
        "valid",
        "unknown",
        expect.stringContaining("Stage merge reads fees and refunds: no log tells in which order it read them"),
      ]);
    }
  });

  test("a changelog that the specification does not decode is unknown, and nobody's fault", () => {
    const found = findings(logged(0, "log-0"), { description: log("fee") });
    expect([found.get("ST1")?.outcome, found.get("ST1")?.why]).toEqual([
      "unknown",
      expect.stringContaining("The specification does not decode the changelog of fee"),
    ]);
  });
});
