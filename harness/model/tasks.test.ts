import * as fc from "fast-check";
import { expect, test } from "vitest";
import { branching } from "../audit/branching.fixture.ts";
import type { StageSpec } from "./pipeline.ts";
import { stageConflicts, tasksOf } from "./tasks.ts";

const tasks = tasksOf(branching, branching.topics(6));

test("a stage has as many tasks as the widest of its sources has partitions, whatever the workload's count", () => {
  expect(["fee", "id", "merge", "no such stage"].map((stage) => tasks.countOf(stage))).toEqual([3, 3, 4, 0]);
  expect(tasks.all.map(({ name }) => name)).toEqual([
    "fee-0",
    "fee-1",
    "fee-2",
    "id-0",
    "id-1",
    "id-2",
    "merge-0",
    "merge-1",
    "merge-2",
    "merge-3",
  ]);
});

test("a task reads partition p of each of its sources that has one", () => {
  const places = (stage: string, partition: number): readonly string[] | undefined =>
    tasks.task(stage, partition)?.reads.map(({ topic, partition: of }) => `${topic}-${of}`);
  expect([places("merge", 1), places("merge", 3), places("merge", 4), places("id", 2)]).toEqual([
    ["fees-1", "refunds-1"],
    ["fees-3"],
    undefined,
    ["in-2"],
  ]);
});

test("a partition is read by a task of each stage that reads its topic, and by none where it does not exist", () => {
  const names = (topic: string, partition: number): readonly string[] =>
    tasks.reading({ topic, partition }).map(({ name, group }) => `${name} in ${group}`);
  expect([names("in", 2), names("in", 3), names("refunds", 1), names("refunds", 2), names("ledger", 0)]).toEqual([
    ["fee-2 in app", "id-2 in ids"],
    [],
    ["merge-1 in app"],
    [],
    [],
  ]);
});

test("a stage is a reader once for each of its sources", () => {
  expect(tasks.readers.map(({ name, source, group }) => [name, source, group])).toEqual([
    ["fee", "in", "app"],
    ["id", "in", "ids"],
    ["merge", "fees", "app"],
    ["merge", "refunds", "app"],
  ]);
});

test("counts left to the scenario follow it, and a source without one is a defect, not a stage without tasks", () => {
  expect([2, 6].map((n) => tasksOf(branching, branching.topics(n)).partitionsOf("ledger"))).toEqual([2, 6]);
  expect(() => tasksOf(branching, [])).toThrow("Stage fee reads in, which is not among the pipeline's topics.");
});

test("stages that logs cannot tell apart are named, and others are not", () => {
  const stage = (name: string, change: Partial<StageSpec>): StageSpec => ({
    name,
    sources: ["in"],
    group: name,
    changelog: null,
    sinks: [name],
    transactionalId: null,
    ...change,
  });
  expect(stageConflicts(branching.stages)).toEqual([]);
  expect(
    stageConflicts([
      stage("a", { changelog: "log" }),
      stage("b", { group: "a" }),
      stage("c", { sinks: ["a"] }),
      stage("d", { sources: ["out"], group: "a", sinks: ["a"], changelog: "log" }),
    ]).map(({ stage: of, why }) => `${of}: ${why.split(":")[0] ?? ""}`),
  ).toEqual([
    "1: a reads in in group a, too",
    "2: a reads in and writes a, too",
    "3: log is the changelog of a already",
  ]);
});

test("each partition of a source is read once by each stage that reads it, whatever the counts", () => {
  const counts = fc.record({ in: fc.nat(8), fees: fc.nat(8), refunds: fc.nat(8) });
  fc.assert(
    fc.property(counts, (of) => {
      const topics = Object.entries(of).map(([name, partitions]) => ({ name, partitions }));
      const derived = tasksOf(branching, topics);
      const { all, readers } = derived;
      const reads = all.flatMap((task) =>
        task.reads.map(({ topic, partition }) => `${task.stage} ${topic}-${partition}`),
      );
      const due = readers.flatMap(({ name, source }) =>
        Array.from(
          { length: topics.find((topic) => topic.name === source)?.partitions ?? 0 },
          (_, p) => `${name} ${source}-${p}`,
        ),
      );
      expect(reads.toSorted()).toEqual(due.toSorted());
      for (const task of all) for (const place of task.reads) expect(derived.reading(place)).toContain(task);
    }),
  );
});
