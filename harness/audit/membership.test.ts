import { expect, test } from "vitest";
import type { LogBatch } from "../model/log.ts";
import { tasksOf } from "../model/tasks.ts";
import { branching } from "./branching.fixture.ts";
import { beginHandWritten, type WrittenRecord } from "./hand-written.fixture.ts";
import { beginMembership } from "./membership.ts";
import { groupRecord, silent } from "./silent.fixture.ts";

const tasks = tasksOf(silent, silent.topics(2));

function batchOf(record: WrittenRecord): LogBatch {
  const history = beginHandWritten();
  history.data("__consumer_offsets-0", [record]);
  const [item] = history.items;
  if (item?.kind !== "frame") throw new Error("a frame was written");
  return item.batch;
}
const life = (id: string, incarnation: number, version = "v1") => ({ id, incarnation, version });
const generation = (number: number, ...members: Parameters<typeof groupRecord>[2][number][]): LogBatch =>
  batchOf(groupRecord("copiers", number, members));
const health = (member: string, incarnation: number, version: string, ready: boolean, ...partitions: number[]) => ({
  kind: "gauge-health",
  member,
  incarnation,
  version,
  ready,
  flags: {},
  tasks: partitions.map((partition) => ({
    stage: "copy",
    partition,
    state: "running",
    inputNext: null,
    checkpointNext: null,
  })),
});

test("a member is ready from its first generation on, and owns what that one gave it", () => {
  const membership = beginMembership(tasks);
  const living = [life("member-1", 1), life("member-2", 1)];
  expect(living.map((one) => membership.healthOf(one))).toEqual([null, null]);
  expect(membership.step(generation(1, ["a", "member-1", ["in-0", "in-1"]]), living)).toBe(true);
  expect(living.map((one) => membership.healthOf(one))).toEqual([health("member-1", 1, "v1", true, 0, 1), null]);
  membership.step(generation(2, ["a", "member-1", ["in-1"]], ["b", "member-2", ["in-0"]]), living);
  expect(living.map((one) => membership.healthOf(one))).toEqual([
    health("member-1", 1, "v1", true, 1),
    health("member-2", 1, "v1", true, 0),
  ]);
});

test("a life is told by its id in the group: what the dead one still owns is not its successor's", () => {
  const membership = beginMembership(tasks);
  membership.step(generation(1, ["old", "member-1", ["in-0"]]), [life("member-1", 1)]);
  const successor = life("member-1", 2, "v2");
  expect(membership.healthOf(successor)).toBe(null);
  membership.step(generation(2, ["old", "member-1", ["in-0"]], ["new", "member-1", ["in-1"]]), [successor]);
  expect(membership.healthOf(successor)).toEqual(health("member-1", 2, "v2", true, 1));
  membership.step(generation(3, ["new", "member-1", ["in-0", "in-1"]]), [successor]);
  expect(membership.healthOf(successor)).toEqual(health("member-1", 2, "v2", true, 0, 1));
});

test("a living member that the group has thrown out is not ready and owns nothing", () => {
  const membership = beginMembership(tasks);
  const living = [life("member-1", 1)];
  membership.step(generation(1, ["a", "member-1", ["in-0"]]), living);
  membership.step(generation(2), living);
  expect(membership.healthOf(life("member-1", 1))).toEqual(health("member-1", 1, "v1", false));
});

test("other groups, other topics and bytes that cannot be read change nothing", () => {
  const membership = beginMembership(tasks);
  const living = [life("member-1", 1)];
  const strange = groupRecord("others", 1, [["a", "member-1", ["in-0"]]]);
  const cut = groupRecord("copiers", 1, [["a", "member-1", ["in-0"]]]);
  const elsewhere = batchOf(cut);
  expect([
    membership.step(batchOf(strange), living),
    membership.step(batchOf({ ...cut, value: cut.value.subarray(0, 20) }), living),
    membership.step({ ...elsewhere, topic: "in" }, living),
    membership.healthOf(life("member-1", 1)),
  ]).toEqual([false, false, false, null]);
});

test("of several stages in one group each has its own tasks, and one of two sources is owned with both", () => {
  const membership = beginMembership(tasksOf(branching, branching.topics(6)));
  const living = [life("member-1", 1)];
  const owned = ["in-1", "fees-0", "fees-1", "refunds-1", "fees-3"];
  membership.step(batchOf(groupRecord("app", 1, [["a", "member-1", owned]])), living);
  expect(membership.healthOf(life("member-1", 1))).toBe(null); // not in the group ids yet
  membership.step(batchOf(groupRecord("ids", 1, [["b", "member-1", ["in-2"]]])), living);
  const { tasks: own } = membership.healthOf(life("member-1", 1)) ?? { tasks: null };
  expect(own).toEqual(
    [
      ["fee", 1],
      ["id", 2],
      ["merge", 1],
      ["merge", 3],
    ].map(([stage, partition]) => ({ stage, partition, state: "running", inputNext: null, checkpointNext: null })),
  );
});
