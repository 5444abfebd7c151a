import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  description as toyHistoryDescription,
  judged,
  plannedHistory,
  toyHistory,
} from "../../check/toy-history.fixture.ts";
import type { Finding } from "../../model/finding.ts";
import type { PipelineDescription, TopicSpec } from "../../model/pipeline.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { recordsOf, type Session } from "../hand-written-records.fixture.ts";
import { toyDescription } from "../toy-pipeline.fixture.ts";
import { actBegan, rolling } from "../../program/program.fixture.ts";

type Partitioning = TopicSpec["partitioning"];

function withSink(of: PipelineDescription, partitioning: Partitioning): PipelineDescription {
  return {
    ...of,
    topics: (partitions) =>
      of.topics(partitions).map(({ name, config }) => ({
        name,
        partitions,
        config,
        ...(name === "out" && partitioning !== undefined && { partitioning }),
      })),
  };
}

/** An output with this key at the next offset of a partition of `out`, by a version; null: without a header. */
function written(world: World, partition: number, key: string | null, version: string | null = "v1"): void {
  const session: Session = { member: "m", incarnation: 1, version: version ?? "", producerEpoch: 0, producerId: 1 };
  const offset = world.batches.filter((batch) => batch.kind === "plain-records").length;
  const rows = [{ key, value: "1", cause: null }];
  const records = recordsOf({ topic: "out", partition }, rows, [offset], version === null ? null : session);
  world.batches.push({ kind: "plain-records", role: "sink", records });
}

function rolled(world: World): void {
  world.event(actBegan(rolling(["member-1"]), "drain of member-1"));
}

function judge(world: World, partitioning?: Partitioning, description = toyDescription): Finding {
  return findingOf("PT1", world.finish(), { description: withSink(description, partitioning) });
}

test("a key that the new version puts on another partition convicts, and says who put it where", () => {
  const world = new World();
  for (const key of ["a", "b", "c"]) for (let n = 0; n < 2; n++) written(world, 0, key);
  rolled(world);
  for (const key of ["a", "b", "c"]) written(world, 1, key, "v2");
  const finding = judge(world, "by-key");
  expect(finding).toMatchObject({ outcome: "invalid", examined: 6 });
  expect(finding.anomalies).toEqual([
    {
      invariant: "PT1",
      sentence: "Key a of out is on partition 0, written by v1, and on partition 1, written by v2.",
      expected: "partition 0, as for the key's first record",
      actual: "partition 1",
      evidence: ["r:out-0@0", "r:out-1@6"],
      restsOn: [
        { ledger: "log", partition: "out-0", from: 0, to: 0, claims: "presence" },
        { ledger: "log", partition: "out-1", from: 6, to: 6, claims: "presence" },
      ],
      firstBadCommit: "r:out-1@6",
      task: null,
      seq: null,
      more: 2,
    },
  ]);
});

test("a pipeline without headers is convicted by its bytes alone", () => {
  const world = new World();
  for (const key of ["a", "b", "a", "b"]) written(world, 0, key, null);
  written(world, 1, "b", null);
  expect(judge(world, "by-key").anomalies.map(({ sentence }) => sentence)).toEqual([
    "Key b of out is on partition 0, and on partition 1.",
  ]);
});

test("a rollback to the version that put the key where it was convicts the one in between only", () => {
  const world = new World();
  written(world, 0, "a");
  rolled(world);
  written(world, 1, "a", "v2");
  written(world, 0, "a");
  expect(judge(world, "by-key").anomalies).toMatchObject([{ more: 0, actual: "partition 1" }]);
});

test("keys that differ, records without a key and tombstones of their own partition are no matter", () => {
  const world = new World();
  written(world, 0, "a");
  written(world, 1, "b");
  written(world, 0, null);
  written(world, 1, null);
  written(world, 0, "a");
  expect(judge(world, "by-key")).toMatchObject({ outcome: "valid", examined: 1 });
});

test("a sink that is free of its keys is no subject; of one of which the description says nothing, what the old version wrote has to tell", () => {
  const spread = (): World => {
    const world = new World();
    for (let n = 0; n < 6; n++) written(world, n % 2, "a");
    rolled(world);
    return world;
  };
  expect(judge(spread(), "free").outcome).toBe("idle");
  const stateless: PipelineDescription = {
    ...toyDescription,
    stages: toyDescription.stages.map((stage) => ({ ...stage, changelog: null })),
  };
  expect(judge(spread(), "free", stateless).outcome).toBe("not-applicable");
  expect(judge(spread(), "by-key").outcome).toBe("invalid");
  const undeclared = judge(spread());
  expect(undeclared).toMatchObject({ outcome: "unknown", anomalies: [] });
  expect(undeclared.why).toContain("before the upgrade began 3 of 5 repeated keys were");
});

test("a sink of which nothing is said convicts nobody while it may lie anywhere: few repeated keys, or one elsewhere", () => {
  const after = (partitions: readonly number[]): Finding => {
    const world = new World();
    for (const partition of partitions) written(world, partition, "a");
    rolled(world);
    written(world, 1, "a", "v2");
    return judge(world);
  };
  const steady = Array<number>(21).fill(0);
  expect(after([0]).outcome).toBe("unknown");
  expect(after([0, 0, 1]).outcome).toBe("unknown");
  expect(after(steady.slice(1)).outcome).toBe("unknown");
  expect(after([...steady, 1]).outcome).toBe("unknown");
  expect(after(steady).outcome).toBe("invalid");
});

test("what the new version does refutes nothing: a partitioner that it changed for every key convicts", () => {
  const world = new World();
  for (const key of ["a", "b"]) for (let n = 0; n < 11; n++) written(world, 0, key);
  rolled(world);
  for (let n = 0; n < 9; n++) for (const key of ["a", "b"]) written(world, 1, key, "v2");
  expect(judge(world)).toMatchObject({ outcome: "invalid", anomalies: [{ more: 17 }] });
});

test("a changelog record on another partition than its task's convicts, by its header or by its transactional id", () => {
  const byHeader = new World();
  byHeader.input(0, "a");
  byHeader.transact(0);
  byHeader.batches.push({
    kind: "plain-records",
    role: "changelog",
    records: {
      ...recordsOf({ topic: "count-log", partition: 1 }, [{ key: "a", value: "1", cause: [0, 0] }], [0], null),
      causePartition: Int32Array.of(0),
    },
  });
  expect(findingOf("PT1", byHeader.finish()).anomalies).toMatchObject([
    {
      sentence: "A changelog record of count-0 is on partition 1 of count-log: its header names count-0.",
      task: "count-0",
    },
  ]);
  const byId = new World();
  byId.input(1, "a");
  const { parts } = byId.transact(1);
  const [log] = parts.filter(({ role }) => role === "changelog");
  const batch = byId.batches.pop();
  if (batch?.kind !== "transaction" || log === undefined) throw new Error("The world ends with its transaction.");
  const records = { ...log.records, partition: 0, causeTopic: new Int32Array(log.records.count).fill(-1) };
  byId.batches.push({
    ...batch,
    transaction: {
      ...batch.transaction,
      parts: parts.map((part) => (part === log ? { ...part, partition: 0, records } : part)),
    },
  });
  expect(findingOf("PT1", byId.finish()).anomalies).toMatchObject([
    {
      sentence: "A changelog record of count-1 is on partition 0 of count-log: its transactional id names count-1.",
      more: 1,
    },
  ]);
});

test("an empty history and one without a repeated key are idle", () => {
  expect(judge(new World(), "by-key").outcome).toBe("idle");
  const world = new World();
  written(world, 0, "a");
  expect(judge(world, "by-key").outcome).toBe("idle");
});

test("in any interleaving it is invalid exactly when a committed key is on two partitions", () => {
  const description = withSink(toyHistoryDescription, "by-key");
  fc.assert(
    fc.property(plannedHistory, (planned) => {
      // Of a marker without records behind a repeated one, an epoch that stays the same cannot tell whose it is.
      const all = planned.tasks.flat();
      fc.pre(planned.raises || !all.some(({ lists }) => lists) || all.every(({ markers }) => markers === 1));
      const finding = judged(toyHistory(planned), { context: { description } }).get("PT1");
      const places = new Map<string, Set<number>>();
      for (const { from, take } of committedIn(planned))
        for (let at = from; at < from + take; at += 1)
          places.set(`k${at % 3}`, (places.get(`k${at % 3}`) ?? new Set<number>()).add(at % 2));
      const isSpread = [...places.values()].some(({ size }) => size > 1);
      expect(finding?.outcome === "invalid").toBe(isSpread);
    }),
    { numRuns: 60 },
  );
}, 60_000);

function committedIn({ tasks }: typeof plannedHistory extends fc.Arbitrary<infer T> ? T : never) {
  return tasks.flatMap((own) => {
    let from = 0;
    return own.flatMap(({ take, aborts }) => {
      const one = { take, from };
      if (aborts) return [];
      from += take;
      return [one];
    });
  });
}
