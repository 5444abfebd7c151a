import { expect, test } from "vitest";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import {
  foldView,
  missingCatchUp,
  missingCheckpoints,
  missingFlag,
  missingHealth,
  missingOwners,
  startView,
  type GateView,
  type Task,
} from "./gates.ts";

const gates = { lagMax: 10, checkpointLagMax: 100, timeoutMs: 1_000 };

function viewOf(...events: readonly EventBody[]): GateView {
  const view = startView();
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

test("health is met by the right version, ready, with every task running", () => {
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
  expect(cases.map(([events]) => missingHealth(viewOf(...events), "member-1", "v2"))).toEqual(
    cases.map(([, missing]) => missing),
  );
});

test("what an older incarnation said or suffered does not count for its successor", () => {
  const view = viewOf(
    health("member-1", 1, []),
    started("member-1", 2),
    health("member-1", 1, []),
    ended("member-1", 1),
  );
  expect(missingHealth(view, "member-1", "v2")).toBe("member-1 has not told its health");
  expect(view.members.get("member-1")).toEqual({
    incarnation: 2,
    running: true,
    listening: false,
    drained: false,
    health: null,
  });
});

test("rejoined means that every task has exactly one living owner", () => {
  const members = ["member-1", "member-2"];
  const both = [health("member-1", 1, [task("a", 0)]), health("member-2", 1, [task("a", 1)])];
  const missing = (...events: readonly EventBody[]): string | null =>
    missingOwners(viewOf(...events), members, ["a"], 2);
  expect(missing(...both)).toBe(null);
  expect(missing(...both, health("member-2", 1, []))).toBe("a-1 has 0 owners");
  expect(missing(...both, health("member-2", 1, [task("a", 0), task("a", 1)]))).toBe("a-0 has 2 owners");
  expect(missing(...both, health("member-2", 1, [task("a", 1, { state: "opening" })]))).toBe("a-1 is opening");
  expect(missing(...both, ended("member-2", 1))).toBe("member-2 is down");
});

test("catch-up adds up the lag of the member's tasks, from samples taken since the phase began", () => {
  const of = [health("member-1", 1, [task("a", 0), task("a", 1)]), lag("a", 2, 1_000), lag("a", 0, 6), lag("a", 1, 4)];
  expect(missingCatchUp(viewOf(...of), "member-1", gates, 1)).toBe(null);
  expect(missingCatchUp(viewOf(...of), "member-1", gates, 2)).toBe("the lag of a-0 was not sampled");
  expect(missingCatchUp(viewOf(...of, lag("a", 0, 7)), "member-1", gates, 1)).toBe(
    "member-1 lags by 11 records, above 10",
  );
});

test("checkpoint lag is the worst task's distance from its committed offset; no checkpoint counts from 0", () => {
  const missing = (next: number, checkpointNext: number | null): string | null =>
    missingCheckpoints(
      viewOf(health("member-1", 1, [task("a", 0, { checkpointNext })]), lag("a", 0, 0, next)),
      "member-1",
      gates,
    );
  expect([missing(140, 40), missing(141, 40), missing(100, null), missing(101, null)]).toEqual([
    null,
    "the checkpoint of a-0 is 101 offsets behind, above 100",
    null,
    "the checkpoint of a-0 is 101 offsets behind, above 100",
  ]);
});

test("finalise is over when every member shows the flag active", () => {
  const shown = (state: string): EventBody => health("member-1", 1, [], { flags: { f: state } });
  expect(missingFlag(viewOf(shown("active")), ["member-1"], "v2", "f")).toBe(null);
  expect(missingFlag(viewOf(shown("prepared")), ["member-1"], "v2", "f")).toBe("member-1 does not show f active");
  expect(missingFlag(viewOf(shown("active")), ["member-1", "member-2"], "v2", "f")).toBe("member-2 is down");
});
