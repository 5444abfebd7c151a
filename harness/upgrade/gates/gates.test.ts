import { expect, test } from "vitest";
import { runNanos, seq } from "../../model/brand.ts";
import type { EventBody } from "../../model/event.ts";
import type { Act, GateName } from "../../model/program.ts";
import { gates } from "./catalogue.ts";
import { beginView, foldView, type GateView, type Task } from "./view.ts";

const bounds = { lagMax: 10, checkpointLagMax: 100, timeoutMs: 1_000 };

function viewOf(...events: readonly EventBody[]): GateView {
  const view = beginView();
  events.forEach((event, index) => foldView(view, { ...event, seq: seq(index), at: runNanos(index) }));
  return view;
}

function task(stage: string, partition: number, over: Partial<Task> = {}): Task {
  return { stage, partition, state: "running", inputNext: 50, checkpointNext: 40, ...over };
}

function health(
  member: string,
  incarnation: number,
  tasks: readonly Task[],
  over: Partial<EventBody<"gauge-health">> = {},
): EventBody {
  return {
    kind: "gauge-health",
    member,
    incarnation,
    version: "v2",
    ready: true,
    flags: {},
    tasks: tasks.map((each) => ({ ...each })),
    ...over,
  };
}

const started = (process: string, incarnation: number): EventBody => ({
  kind: "process-started",
  process,
  incarnation,
  version: "v2",
  pid: 1,
  sha256: null,
});
const ended = (process: string, incarnation: number): EventBody => ({
  kind: "process-ended",
  process,
  incarnation,
  code: null,
  signal: "SIGKILL",
  cause: "fault",
});
const lag = (stage: string, partition: number, records: number, committedNext: number | null = null): EventBody => ({
  kind: "gauge-lag",
  stage,
  partition,
  committedNext,
  lag: records,
});

const tasks = [0, 1].map((partition) => ({ stage: "a", partition }));

/** What a gate of an act on these members lacks; the pipeline has two tasks of one stage. */
function missing(
  gate: GateName,
  view: GateView,
  of: { members?: readonly string[]; on?: readonly string[]; since?: number } = {},
) {
  return reading(gate, view, of).missing;
}

function reading(
  gate: GateName,
  view: GateView,
  {
    members = ["member-1"],
    on = members,
    since = 0,
    leaves = 0,
  }: { members?: readonly string[]; on?: readonly string[]; since?: number; leaves?: number } = {},
) {
  const common = { id: "act", members: on, step: null, phase: null, gates: [gate], version: "v2" } as const;
  const act: Act =
    gate === "flag" ? { ...common, kind: "activate", flag: "f", epoch: 1 } : { ...common, kind: "await", leaves };
  return gates[gate].read(view, {
    act,
    members,
    tasks,
    bounds,
    slo: {},
    checkpoints: true,
    diskFreeMinMiB: 200,
    since,
  });
}

test("running: the right version, ready, with every task running", () => {
  const met = health("member-1", 2, [task("a", 0)]);
  const cases: readonly (readonly [readonly EventBody[], string | null])[] = [
    [[met], null],
    [[], "member-1 is down"],
    [[started("member-1", 2)], "member-1 has not told its health"],
    [[met, ended("member-1", 2)], "member-1 is down"],
    [[health("member-1", 2, [], { version: "v1" })], "member-1 runs v1, not v2"],
    [[health("member-1", 2, [task("a", 0, { state: "restoring" })])], "member-1's task a-0 is restoring"],
    [[health("member-1", 2, [], { ready: false })], "member-1 is not ready"],
  ];
  expect(cases.map(([events]) => missing("running", viewOf(...events)))).toEqual(cases.map(([, lacks]) => lacks));
});

test("what an older incarnation said or suffered does not count for its successor", () => {
  const view = viewOf(
    health("member-1", 1, []),
    started("member-1", 2),
    health("member-1", 1, []),
    ended("member-1", 1),
  );
  expect(missing("running", view)).toBe("member-1 has not told its health");
  expect(view.members.get("member-1")).toEqual({
    incarnation: 2,
    running: true,
    listening: false,
    drained: false,
    health: null,
  });
});

test("available: every member is up and ready, and none is paused by a fault", () => {
  const members = ["member-1", "member-2"];
  const up = members.map((member) => health(member, 1, []));
  const paused: EventBody = { kind: "fault-applied", fault: "fault-1", faultKind: "pause", targets: ["member-2"] };
  const read = (...events: readonly EventBody[]) =>
    reading("available", viewOf(...events), { members, on: ["member-1"] });
  expect(read(...up)).toEqual({ value: 2, bound: 2, missing: null });
  expect(read(...up, ended("member-2", 1))).toEqual({ value: 1, bound: 2, missing: "member-2 is down" });
  expect(read(...up, health("member-1", 1, [], { ready: false })).missing).toBe("member-1 is not ready");
  expect(read(...up, paused).missing).toBe("member-2 is paused");
  expect(read(...up, paused, { kind: "fault-healed", fault: "fault-1" }).missing).toBe(null);
});

test("up: the process runs and has said something", () => {
  expect(missing("up", viewOf(started("member-1", 1)))).toBe("member-1 is silent");
  expect(missing("up", viewOf(health("member-1", 1, [])))).toBe(null);
});

test("owners: every task has exactly one living owner", () => {
  const members = ["member-1", "member-2"];
  const both = [health("member-1", 1, [task("a", 0)]), health("member-2", 1, [task("a", 1)])];
  const read = (...events: readonly EventBody[]) => reading("owners", viewOf(...events), { members });
  expect(read(...both)).toEqual({ value: 2, bound: 2, missing: null });
  expect(read(...both, health("member-2", 1, []))).toEqual({ value: 1, bound: 2, missing: "a-1 has 0 owners" });
  expect(read(...both, health("member-2", 1, [task("a", 0), task("a", 1)])).missing).toBe("a-0 has 2 owners");
  expect(read(...both, health("member-2", 1, [task("a", 1, { state: "opening" })])).missing).toBe("a-1 is opening");
  expect(read(...both, ended("member-2", 1)).missing).toBe("member-2 is down");
});

test("held: as owners, and members may be down", () => {
  const members = ["member-1", "member-2"];
  const both = [health("member-1", 1, [task("a", 0)]), health("member-2", 1, [task("a", 1)])];
  const read = (...events: readonly EventBody[]) => reading("held", viewOf(...events), { members });
  expect(read(...both)).toEqual({ value: 2, bound: 2, missing: null });
  expect(read(...both, ended("member-2", 1))).toEqual({ value: 1, bound: 2, missing: "a-1 has 0 owners" });
  const taken = health("member-1", 1, [task("a", 0), task("a", 1)]);
  expect(read(...both, ended("member-2", 1), taken)).toEqual({ value: 2, bound: 2, missing: null });
});

test("quorum: so many of the others are up and ready, whatever the act's own members do", () => {
  const members = ["member-1", "member-2", "member-3"];
  const up = members.map((member) => health(member, 1, []));
  const read = (leaves: number, ...events: readonly EventBody[]) =>
    reading("quorum", viewOf(...up, ...events), { members, on: ["member-1"], leaves });
  expect(read(2)).toEqual({ value: 2, bound: 2, missing: null });
  expect(read(2, ended("member-1", 1)).missing).toBe(null);
  expect(read(2, ended("member-3", 1))).toEqual({ value: 1, bound: 2, missing: "member-3 is down" });
  expect(read(1, ended("member-3", 1)).missing).toBe(null);
  expect(read(0, ended("member-2", 1), ended("member-3", 1))).toEqual({ value: 0, bound: 0, missing: null });
  const crashed = (member: string): EventBody => ({
    kind: "fault-applied",
    fault: "fault-1",
    faultKind: "crash",
    targets: [member],
  });
  const probed: EventBody = { kind: "fault-probed-healed", fault: "fault-1", healed: false, proof: null };
  expect(read(1, crashed("member-1")).missing).toBe("fault-1 on member-1 is not healed");
  expect(read(1, crashed("member-1"), probed).missing).toBe(null);
  expect(read(1, crashed("member-2")).missing).toBe(null);
});

test("lag: the sum over the member's tasks, the worst member's, from samples taken since the act began", () => {
  const of = [health("member-1", 1, [task("a", 0), task("a", 1)]), lag("a", 2, 1_000), lag("a", 0, 6), lag("a", 1, 4)];
  expect(reading("lag", viewOf(...of), { since: 1 })).toEqual({ value: 10, bound: 10, missing: null });
  expect(reading("lag", viewOf(...of), { since: 2 })).toEqual({
    value: null,
    bound: 10,
    missing: "the lag of a-0 was not sampled",
  });
  expect(missing("lag", viewOf(...of, lag("a", 0, 7)), { since: 1 })).toBe("member-1 lags by 11 records, above 10");
  const two = [
    health("member-1", 1, [task("a", 0)]),
    health("member-2", 1, [task("a", 1)]),
    lag("a", 0, 6),
    lag("a", 1, 8),
  ];
  expect(reading("lag", viewOf(...two), { members: ["member-1", "member-2"] }).value).toBe(8);
});

test("checkpoint-lag: the worst task's distance from its committed offset; no checkpoint counts from 0", () => {
  const behind = (next: number, checkpointNext: number | null): string | null =>
    missing("checkpoint-lag", viewOf(health("member-1", 1, [task("a", 0, { checkpointNext })]), lag("a", 0, 0, next)));
  expect([behind(140, 40), behind(141, 40), behind(100, null), behind(101, null)]).toEqual([
    null,
    "the checkpoint of a-0 is 101 offsets behind, above 100",
    null,
    "the checkpoint of a-0 is 101 offsets behind, above 100",
  ]);
});

test("flag: every member shows it active", () => {
  const shown = (state: string): EventBody => health("member-1", 1, [], { flags: { f: state } });
  expect(missing("flag", viewOf(shown("active")))).toBe(null);
  expect(missing("flag", viewOf(shown("prepared")))).toBe("member-1 does not show f active");
  expect(missing("flag", viewOf(shown("active")), { members: ["member-1", "member-2"] })).toBe("member-2 is down");
});

test("canary: the new members may lag as the slowest of the old ones does, where that is above gates.lag-max", () => {
  const members = ["member-1", "member-2"];
  const of = [health("member-1", 1, [task("a", 0)]), health("member-2", 1, [task("a", 1)])];
  const read = (fresh: number, old: number) =>
    reading("canary", viewOf(...of, lag("a", 0, fresh), lag("a", 1, old)), { members, on: ["member-1"] });
  expect(read(9, 0)).toEqual({ value: 9, bound: 10, missing: null });
  expect(read(50, 50)).toEqual({ value: 50, bound: 50, missing: null });
  expect(read(50, 40)).toEqual({ value: 50, bound: 40, missing: "member-1 lags by 50 records, above 40" });
  expect(reading("canary", viewOf(...of), { members, on: ["member-1"] }).value).toBe(null);
});
