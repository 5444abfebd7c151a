import { expect, test } from "vitest";
import { beginHandWritten } from "../audit/hand-written.fixture.ts";
import { beginMembership } from "../audit/membership.ts";
import { groupRecord, silent } from "../audit/silent.fixture.ts";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody, HistoryEvent } from "../model/event.ts";
import { tasksOf } from "../model/tasks.ts";
import type { GateName } from "../model/program.ts";
import { gates } from "../upgrade/gates/catalogue.ts";
import { beginView, foldView } from "../upgrade/gates/view.ts";
import { beginOwnership } from "./ownership.ts";

const tasks = tasksOf(silent, silent.topics(2));
const bounds = { lagMax: 10, checkpointLagMax: 0, timeoutMs: 1_000 };
const life = (id: string, incarnation: number, version: string) => ({ id, incarnation, version });

/** What gates and roles know once the group has written these records, by which the two living members are told. */
function seenAfter(...records: readonly (readonly [string, string, readonly string[]])[][]) {
  const membership = beginMembership(tasks);
  const view = beginView();
  const ownership = beginOwnership(tasks);
  const living = [life("member-1", 2, "v2"), life("member-2", 1, "v1")];
  let count = 0;
  const tell = (body: EventBody): void => {
    const event: HistoryEvent = { ...body, seq: seq(count), at: runNanos(count) };
    count += 1;
    foldView(view, event);
    ownership.step(event);
  };
  for (const { id: process, incarnation, version } of living)
    tell({ kind: "process-started", process, incarnation, version, pid: 1, sha256: "0" });
  for (const [i, members] of records.entries()) {
    const history = beginHandWritten();
    history.data("__consumer_offsets-0", [groupRecord("copiers", i + 1, members)]);
    for (const item of history.items) if (item.kind === "frame") membership.step(item.batch, living);
    for (const health of living.flatMap((one) => membership.healthOf(one) ?? [])) tell(health);
  }
  tell({ kind: "gauge-lag", stage: "copy", partition: 0, committedNext: 5, lag: 4 });
  tell({ kind: "gauge-lag", stage: "copy", partition: 1, committedNext: 5, lag: 40 });
  const lacks = (gate: GateName, member: string): string | null => {
    const act = {
      id: "",
      kind: "await",
      members: [member],
      step: null,
      phase: null,
      gates: [gate],
      version: "v2",
    } as const;
    const members = ["member-1", "member-2"];
    return gates[gate].read(view, {
      act,
      members,
      tasks: tasks.all,
      bounds,
      slo: {},
      diskFreeMinMiB: 0,
      checkpoints: false,
      since: 0,
    }).missing;
  };
  return {
    restored: lacks("running", "member-1"),
    rejoined: lacks("owners", "member-1"),
    caughtUp: ["member-1", "member-2"].map((member) => lacks("lag", member)),
    settled: ownership.settled(["member-1", "member-2"]),
    owner: ownership.owner({ topic: "in", partition: 1, group: null }),
  };
}

test("the gates of members that say nothing are met by their group's generation and the lag in the logs", () => {
  expect(
    seenAfter([
      ["a", "member-1", ["in-0"]],
      ["b", "member-2", ["in-1"]],
    ]),
  ).toEqual({
    restored: null,
    rejoined: null,
    caughtUp: [null, "member-2 lags by 40 records, above 10"],
    settled: true,
    owner: "member-2",
  });
});

test("a member that has not joined holds up every gate, and so does a task that nobody owns", () => {
  expect(seenAfter([["b", "member-2", ["in-1"]]])).toEqual({
    restored: "member-1 has not told its health",
    rejoined: "member-1 has not told its health",
    caughtUp: ["member-1 has not told its health", "member-2 lags by 40 records, above 10"],
    settled: false,
    owner: "member-2",
  });
});

test("the role of an owner follows the latest generation", () => {
  const { owner, rejoined } = seenAfter(
    [
      ["a", "member-1", ["in-0"]],
      ["b", "member-2", ["in-1"]],
    ],
    [["a", "member-1", ["in-0", "in-1"]]],
  );
  expect([owner, rejoined]).toEqual(["member-1", null]);
});
