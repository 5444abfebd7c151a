import { expect, test } from "vitest";
import { runNanos, seq } from "../../model/brand.ts";
import type { EvidenceBatch, Generation, OffsetCommit, Transaction } from "../../model/evidence.ts";
import { toyPlan } from "../../checkers/toy-pipeline.fixture.ts";
import { killsWithOpenTransaction, learnKill, startKills } from "./kills.ts";
import { learnMixed, mixedVersionCommits, startMixed } from "./mixed-versions.ts";

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
const generation = (at: number, offset: number, owners: Readonly<Record<string, readonly string[]>>): Generation => ({
  group: "g",
  generation: offset,
  at: { topic: log, partition: 0, offset },
  seq: seq(at),
  owners: new Map(Object.entries(owners)),
});
const commit = (partition: number, offset: number): OffsetCommit => ({
  group: "g",
  topic: "in",
  partition,
  nextOffset: 1,
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
const end = (generations: readonly Generation[]): EvidenceBatch => ({
  kind: "end",
  end: { complete: true, gaps: [], committed: new Map(), partitions: [], generations },
});

test("without headers a commit is of the version that the owner in force then ran", () => {
  const mixed = startMixed({ ...toyPlan() });
  const batches = [
    event(1, {}),
    event(2, { process: "member-2" }),
    event(5, { incarnation: 2, version: "v2" }),
    transaction([commit(0, 11)]), // member-1 as v1: no mix yet
    transaction([commit(0, 21)]), // member-1 as v2
    transaction([commit(1, 22)]), // member-2 as v1
    transaction([]), // nobody's
    transaction([commit(1, 23)]),
    transaction([commit(0, 24)]), // after the last of v1
    end([
      generation(3, 10, { "member-1": ["in-0"], "member-2": ["in-1"] }),
      generation(6, 20, { "member-1": ["in-0"], "member-2": ["in-1"] }),
    ]),
  ];
  for (const batch of batches) learnMixed(mixed, batch);
  expect(mixedVersionCommits(mixed)).toEqual({
    seen: 3,
    evidence: ["r:__transaction_state-0@22", "r:__transaction_state-0@23"],
  });
});

test("an offset commit outside transactions is of the version that its owner in force then ran", () => {
  const mixed = startMixed(toyPlan());
  const plain = (partition: number, at: number): EvidenceBatch => ({
    kind: "plain-commit",
    commit: commit(partition, at),
  });
  const batches = [
    event(1, {}),
    event(2, { process: "member-2" }),
    event(5, { incarnation: 2, version: "v2" }),
    plain(0, 11), // member-1 as v1: no mix yet
    plain(0, 21), // member-1 as v2
    plain(1, 22), // member-2 as v1
    plain(0, 24), // after the last of v1
    end([
      generation(3, 10, { "member-1": ["in-0"], "member-2": ["in-1"] }),
      generation(6, 20, { "member-1": ["in-0"], "member-2": ["in-1"] }),
    ]),
  ];
  for (const batch of batches) learnMixed(mixed, batch);
  expect(mixedVersionCommits(mixed)).toEqual({ seen: 2, evidence: ["r:__consumer_offsets-0@22"] });
});

test("a pipeline whose transactions commit no offsets shows no mixed version", () => {
  const mixed = startMixed(toyPlan());
  for (const batch of [event(1, {}), event(2, { incarnation: 2, version: "v2" }), transaction([]), end([])])
    learnMixed(mixed, batch);
  expect(mixedVersionCommits(mixed)).toEqual({ seen: 0, evidence: [] });
});

const died = (at: number): EvidenceBatch => ({
  kind: "event",
  event: {
    kind: "process-ended",
    process: "member-1",
    incarnation: 1,
    code: null,
    signal: "SIGKILL",
    cause: "fault",
    seq: seq(at),
    at: runNanos(at),
  },
});

test("a kill met an open transaction when its id's last commits were the dead one's; an id without commits is nobody's", () => {
  const seenIn = (before: EvidenceBatch) => {
    const kills = startKills();
    const aborted = transaction([], { outcome: "aborted", firstSeq: seq(30), seq: seq(50) });
    for (const batch of [event(1, {}), before, died(40), aborted, end([generation(3, 10, { "member-1": ["in-0"] })])])
      learnKill(kills, batch);
    return killsWithOpenTransaction(kills);
  };
  expect(seenIn(transaction([commit(0, 11)]))).toEqual({ seen: 1, evidence: ["e:40"] });
  expect(seenIn(transaction([commit(0, 11)], { transactionalId: "b" }))).toEqual({ seen: 0, evidence: [] });
  expect(seenIn(transaction([]))).toEqual({ seen: 0, evidence: [] });
});
