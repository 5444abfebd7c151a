import { expect, test } from "vitest";
import type { LogBatch } from "../model/log.ts";
import { startHandWritten, type WrittenRecord } from "./hand-written.fixture.ts";
import { startMembership } from "./membership.ts";
import { groupRecord, silent } from "./silent.fixture.ts";

function batchOf(record: WrittenRecord): LogBatch {
  const history = startHandWritten();
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
  const membership = startMembership(silent.stages);
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
  const membership = startMembership(silent.stages);
  membership.step(generation(1, ["old", "member-1", ["in-0"]]), [life("member-1", 1)]);
  const successor = life("member-1", 2, "v2");
  expect(membership.healthOf(successor)).toBe(null);
  membership.step(generation(2, ["old", "member-1", ["in-0"]], ["new", "member-1", ["in-1"]]), [successor]);
  expect(membership.healthOf(successor)).toEqual(health("member-1", 2, "v2", true, 1));
  membership.step(generation(3, ["new", "member-1", ["in-0", "in-1"]]), [successor]);
  expect(membership.healthOf(successor)).toEqual(health("member-1", 2, "v2", true, 0, 1));
});

test("a living member that the group has thrown out is not ready and owns nothing", () => {
  const membership = startMembership(silent.stages);
  const living = [life("member-1", 1)];
  membership.step(generation(1, ["a", "member-1", ["in-0"]]), living);
  membership.step(generation(2), living);
  expect(membership.healthOf(life("member-1", 1))).toEqual(health("member-1", 1, "v1", false));
});

test("other groups, other topics and bytes that cannot be read change nothing", () => {
  const membership = startMembership(silent.stages);
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
