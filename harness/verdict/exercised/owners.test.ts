import { expect, test } from "vitest";
import { runNanos, seq } from "../../model/brand.ts";
import type { EventBody } from "../../model/event.ts";
import type { EvidenceBatch, Generation, OffsetCommit, Transaction } from "../../model/evidence.ts";
import { toyDescription, toyPlan } from "../../checkers/toy-pipeline.fixture.ts";
import { beginInjured, learnInjured } from "./injured.ts";
import { beginKills, killsWithOpenTransaction, learnKill } from "./kills.ts";
import { beginTakeovers, learnTakeover, takeovers } from "./takeovers.ts";
import { beginVersions, commitsBy, learnVersions, mixedCommits } from "./versions.ts";
import { beginWorks, workOf } from "./work.ts";

const log = "__consumer_offsets";

const event = (at: number, body: object): EvidenceBatch => ({
  kind: "event",
  event: { ...started(body), seq: seq(at), at: runNanos(at) },
});
const started = (over: object) =>
  ({
    kind: "process-started",
    process: "member-1",
    incarnation: 1,
    version: "v1",
    pid: 1,
    sha256: "0",
    ...over,
  }) as const;
const generation = (at: number, offset: number, owners: Readonly<Record<string, readonly string[]>>): EvidenceBatch => {
  const one: Generation = {
    group: "toy-count",
    generation: offset,
    at: { topic: log, partition: 0, offset },
    seq: seq(at),
    owners: new Map(Object.entries(owners)),
  };
  return { kind: "generation", generation: one };
};
const commit = (partition: number, offset: number, nextOffset = offset): OffsetCommit => ({
  group: "toy-count",
  topic: "in",
  partition,
  nextOffset,
  at: { topic: log, partition: 0, offset },
  producerId: 1,
  producerEpoch: 0,
  seq: seq(offset),
});
const transaction = (commits: readonly OffsetCommit[], over: Partial<Transaction> = {}): EvidenceBatch => ({
  kind: "transaction",
  transaction: {
    index: 0,
    transactionalId: "a",
    producerId: 1,
    producerEpoch: 0,
    outcome: "committed",
    why: null,
    logged: { prepare: null, complete: null },
    session: 0,
    prepare: { topic: "__transaction_state", partition: 0, offset: commits[0]?.at.offset ?? 0 },
    complete: null,
    parts: [],
    commits,
    task: null,
    seq: seq(50),
    firstSeq: seq(10),
    ...over,
  },
});
const plain = (one: OffsetCommit): EvidenceBatch => ({ kind: "plain-commit", commit: one });

const both = { "member-1": ["in-0"], "member-2": ["in-1"] };

function versionsIn(batches: readonly EvidenceBatch[]) {
  const works = beginWorks(toyDescription);
  const versions = beginVersions(toyPlan());
  for (const batch of batches) {
    const work = workOf(works, batch);
    if (work !== null) learnVersions(versions, work);
  }
  return {
    mixed: mixedCommits(versions, null),
    stage: mixedCommits(versions, "count").seen,
    own: ["v1", "v2"].map((version) => commitsBy(versions, "count", version).seen),
  };
}

test("without headers a commit is of the version that the owner in force then ran", () => {
  const batches = [
    event(1, {}),
    event(2, { process: "member-2" }),
    generation(3, 10, both),
    transaction([commit(0, 11)]), // member-1 as v1: no mix yet
    event(5, { incarnation: 2, version: "v2" }),
    generation(6, 20, both),
    transaction([commit(0, 21)]), // member-1 as v2
    transaction([commit(1, 22)]), // member-2 as v1
    transaction([]), // nobody's
    transaction([commit(1, 23)]),
    transaction([commit(0, 24)]), // after the last of v1
  ];
  expect(versionsIn(batches)).toEqual({
    mixed: { seen: 3, evidence: ["r:__transaction_state-0@22", "r:__transaction_state-0@23"] },
    stage: 3,
    own: [3, 2],
  });
});

test("an offset commit outside transactions is of the version that its owner in force then ran", () => {
  const batches = [
    event(1, {}),
    event(2, { process: "member-2" }),
    generation(3, 10, both),
    plain(commit(0, 11)), // member-1 as v1: no mix yet
    event(5, { incarnation: 2, version: "v2" }),
    generation(6, 20, both),
    plain(commit(0, 21)), // member-1 as v2
    plain(commit(1, 22)), // member-2 as v1
    plain(commit(0, 24)), // after the last of v1
  ];
  expect(versionsIn(batches)).toEqual({
    mixed: { seen: 2, evidence: ["r:__consumer_offsets-0@22"] },
    stage: 2,
    own: [2, 2],
  });
});

test("a commit that takes no stage forward is no work: the offset of before again, a lower one, a tombstone, another's topic", () => {
  const batches = [
    event(1, {}),
    generation(3, 10, both),
    plain(commit(0, 11, 5)),
    plain(commit(0, 12, 5)),
    plain(commit(0, 13, 4)),
    plain({ ...commit(0, 14), nextOffset: null }),
    plain({ ...commit(0, 15, 9), topic: "elsewhere" }),
  ];
  expect(versionsIn(batches).own).toEqual([1, 0]);
});

test("a pipeline whose transactions commit no offsets shows no version", () => {
  const batches = [event(1, {}), event(2, { incarnation: 2, version: "v2" }), transaction([])];
  expect(versionsIn(batches)).toEqual({ mixed: { seen: 0, evidence: [] }, stage: 0, own: [0, 0] });
});

/** member-1 has a fault from 20 to 40 on; a generation without it comes at 30, and a commit of its successor at 35. */
function takenOver(change: {
  readonly generation?: EvidenceBatch;
  readonly commit?: EvidenceBatch;
  readonly fault?: string;
  readonly died?: EvidenceBatch;
}) {
  const injured = beginInjured();
  const found = beginTakeovers();
  const batches = [
    event(1, {}),
    event(2, { process: "member-2" }),
    generation(3, 10, both),
    eventOf(20, { kind: "fault-journalled", fault: "fault-1", targets: [change.fault ?? "member-1"], undo: [] }),
    change.generation ?? generation(30, 30, { "member-2": ["in-0", "in-1"] }),
    ...(change.died === undefined ? [] : [change.died]),
    change.commit ?? plain({ ...commit(0, 35), seq: seq(35) }),
    eventOf(40, { kind: "fault-healed", fault: "fault-1" }),
  ];
  for (const batch of batches) {
    if (batch.kind === "event") learnInjured(injured, batch.event);
    learnTakeover(found, injured, batch);
  }
  return { all: takeovers(found, injured, null), of: takeovers(found, injured, "fault-1").seen };
}

test("a silent member is fenced when its group goes on without it while it lives, and its successor commits", () => {
  const evidence = ["r:__consumer_offsets-0@30", "r:__consumer_offsets-0@35"];
  expect(takenOver({})).toEqual({ all: { seen: 1, evidence }, of: 1 });
  expect(takenOver({ fault: "member-1→broker-2" }).of).toBe(1);
});

test.each([
  ["it keeps a seat", { generation: generation(30, 30, { "member-2": ["in-0", "in-1"], "member-1": [] }) }],
  ["nobody commits for it", { commit: plain({ ...commit(1, 35), seq: seq(35) }) }],
  ["the fault was on another", { fault: "member-2" }],
  ["it died before", { died: died(33) }],
  ["the commit was from before", { commit: plain({ ...commit(0, 12), seq: seq(12) }) }],
])("a silent member is not fenced when %s", (_, change) => {
  expect(takenOver(change).all.seen).toBe(0);
});

function died(at: number): EvidenceBatch {
  const process = { process: "member-1", incarnation: 1 };
  return eventOf(at, { kind: "process-ended", ...process, code: null, signal: "SIGKILL", cause: "fault" });
}

function eventOf(at: number, body: EventBody): EvidenceBatch {
  return { kind: "event", event: { ...body, seq: seq(at), at: runNanos(at) } };
}

test("a kill met an open transaction when its id's last commits were the dead one's; an id without commits is nobody's", () => {
  const seenIn = (before: EvidenceBatch) => {
    const kills = beginKills();
    const injured = beginInjured();
    const aborted = transaction([], { outcome: "aborted", firstSeq: seq(30), seq: seq(50) });
    for (const batch of [event(1, {}), generation(3, 10, { "member-1": ["in-0"] }), before, died(40), aborted])
      learnKill(kills, batch);
    return killsWithOpenTransaction(kills, injured, null);
  };
  expect(seenIn(transaction([commit(0, 11)]))).toEqual({ seen: 1, evidence: ["e:40"] });
  expect(seenIn(transaction([commit(0, 11)], { transactionalId: "b" }))).toEqual({ seen: 0, evidence: [] });
  expect(seenIn(transaction([]))).toEqual({ seen: 0, evidence: [] });
});
