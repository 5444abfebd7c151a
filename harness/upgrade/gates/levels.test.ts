import { expect, test } from "vitest";
import { runNanos, seq } from "../../model/brand.ts";
import type { EventBody } from "../../model/event.ts";
import type { SloName, SloSpec } from "../../model/scenario.ts";
import { gates } from "./catalogue.ts";
import { beginView, foldView } from "./view.ts";

const bounds = { lagMax: 0, checkpointLagMax: 0, timeoutMs: 1_000 };
const tasks = [0, 1].map((partition) => ({ stage: "a", partition }));

type Timed = readonly [atMs: number, body: EventBody];

/** What the gate reads once these have happened. Seqs count from 0. */
function read(
  name: SloName | "anomalies" | "disk-free",
  events: readonly Timed[],
  { slo = {}, since = -1 }: { slo?: SloSpec; since?: number } = {},
) {
  const view = beginView();
  for (const [index, [atMs, body]] of events.entries())
    foldView(view, { ...body, seq: seq(index), at: runNanos(atMs * 1e6) });
  const act = { id: "act", kind: "await", members: [], step: null, phase: null, gates: [name], version: null } as const;
  return gates[name].read(view, {
    act,
    members: [],
    tasks,
    bounds,
    slo,
    checkpoints: true,
    diskFreeMinMiB: 200,
    since,
  });
}

const began: EventBody = {
  kind: "upgrade-act-began",
  act: "ready before member-1",
  what: "await",
  members: ["member-1"],
  step: null,
  phase: null,
  version: null,
  flag: null,
};
const ended = (process: string, cause: string): EventBody => ({
  kind: "process-ended",
  process,
  incarnation: 1,
  code: 1,
  signal: null,
  cause,
});
const started = (process: string): EventBody => ({
  kind: "process-started",
  process,
  incarnation: 2,
  version: "v1",
  pid: 1,
  sha256: null,
});
const lag = (partition: number, records: number, committedNext: number | null = null): EventBody => ({
  kind: "gauge-lag",
  stage: "a",
  partition,
  committedNext,
  lag: records,
});
const checkpoint = (next: number | null): EventBody => ({
  kind: "gauge-health",
  member: "member-1",
  incarnation: 1,
  version: "v1",
  ready: true,
  flags: {},
  tasks: tasks.map((task) => ({ ...task, state: "running", inputNext: null, checkpointNext: next })),
});

test("errors and restarts count members alone, from the first act on; what the upgrade asked for is none", () => {
  const events: readonly Timed[] = [
    [0, ended("member-1", "unexpected")],
    [1, started("member-1")],
    [2, began],
    [3, ended("broker-1", "unexpected")],
    [4, ended("member-1", "asked")],
    [5, started("member-1")],
    [6, ended("member-2", "fault")],
    [7, started("member-2")],
  ];
  expect(read("errors", events)).toEqual({ value: 0, bound: 0, missing: null });
  expect(read("restarts", events, { slo: { restarts: 1 } })).toEqual({ value: 1, bound: 1, missing: null });
  expect(read("restarts", events)).toEqual({
    value: 1,
    bound: 0,
    missing: "1 starts of members that the upgrade did not ask for since the upgrade began, above 0",
    isFinal: true,
  });
  expect(read("errors", [...events, [8, ended("member-3", "unexpected")]])).toMatchObject({ value: 1, isFinal: true });
});

test("rebalances count new generations of all groups since the upgrade began", () => {
  const generation = (group: string, of: number): EventBody => ({ kind: "gauge-generation", group, generation: of });
  const events: readonly Timed[] = [
    [0, generation("g", 1)],
    [1, began],
    [2, generation("g", 1)],
    [3, generation("g", 3)],
    [4, generation("h", 1)],
  ];
  expect(read("rebalances", events, { slo: { rebalances: 2 } })).toMatchObject({ value: 2, missing: null });
  expect(read("rebalances", events, { slo: { rebalances: 1 } })).toMatchObject({ value: 2, isFinal: true });
});

test("backlog-growth: records a second over all tasks, of samples after the wait began, and nothing before 2 s of them", () => {
  const rounds = (perSecond: number): readonly Timed[] =>
    [0, 500, 1_000, 1_500, 2_000, 2_500].flatMap((atMs) => [
      [atMs, lag(0, (atMs / 1_000) * perSecond)],
      [atMs + 1, lag(1, 7)],
    ]);
  const slo = { "backlog-growth": 100 };
  expect(read("backlog-growth", rounds(100), { slo, since: 1 })).toEqual({ value: 100, bound: 100, missing: null });
  expect(read("backlog-growth", rounds(101), { slo, since: 1 }).missing).toBe(
    "the backlog grows by 101 records a second, above 100",
  );
  expect(read("backlog-growth", rounds(-2), { slo, since: 1 })).toMatchObject({ value: -2, missing: null });
  expect(read("backlog-growth", rounds(0), { slo, since: 4 })).toEqual({
    value: null,
    bound: 100,
    missing: "the backlog was not sampled for 2 s yet",
  });
});

test("checkpoint-age: since the newest checkpoint of the worst task was first seen; an older one of a new owner makes none", () => {
  const slo = { "checkpoint-age": 1_000 };
  const behind: readonly Timed[] = [
    [0, checkpoint(10)],
    [100, lag(0, 0, 20)],
    [100, lag(1, 0, 20)],
  ];
  expect(read("checkpoint-age", [...behind, [1_000, checkpoint(5)]], { slo }).missing).toBe(null);
  expect(read("checkpoint-age", [...behind, [1_001, checkpoint(null)]], { slo }).missing).toBe(
    "the checkpoint of a-0 is 1001 ms old, above 1000 ms",
  );
  expect(read("checkpoint-age", [...behind, [900, checkpoint(15)], [1_500, began]], { slo })).toMatchObject({
    value: 600,
    missing: null,
  });
  expect(read("checkpoint-age", [...behind, [900, checkpoint(20)], [9_000, began]], { slo })).toMatchObject({
    value: 0,
  });
  expect(read("checkpoint-age", [[0, began]], { slo })).toMatchObject({
    value: null,
    missing: "nobody has told of checkpoints of a-0",
  });
});

test("in-flight: how far the worst task is ahead of its checkpoint, of living members", () => {
  const slo = { "in-flight": 40 };
  const health = (member: string, partition: number, inputNext: number, checkpointNext: number | null): EventBody => ({
    kind: "gauge-health",
    member,
    incarnation: 1,
    version: "v1",
    ready: true,
    flags: {},
    tasks: [{ stage: "a", partition, state: "running", inputNext, checkpointNext }],
  });
  const both: readonly Timed[] = [
    [0, health("member-1", 0, 50, 10)],
    [1, health("member-2", 1, 41, null)],
  ];
  expect(read("in-flight", both, { slo: { "in-flight": 41 } })).toEqual({ value: 41, bound: 41, missing: null });
  expect(read("in-flight", both, { slo }).missing).toBe("a-1 is 41 offsets ahead of its checkpoint, above 40");
  expect(read("in-flight", [...both, [2, ended("member-2", "fault")]], { slo })).toMatchObject({
    value: null,
    missing: "nobody has told of the position of a-1",
  });
});

test("output latency: the slowest stage's, of a sample after the wait began", () => {
  const sample: EventBody = { kind: "gauge-latency", stage: "a", records: 5, waiting: 0, p50Ms: 90, p99Ms: 900 };
  const slo = { "output-latency-p50": 90, "output-latency-p99": 899 };
  expect(read("output-latency-p50", [[0, sample]], { slo })).toEqual({ value: 90, bound: 90, missing: null });
  expect(read("output-latency-p99", [[0, sample]], { slo })).toEqual({
    value: 900,
    bound: 899,
    missing: "a takes 900 ms for 99 of 100 records, above 899 ms",
  });
  expect(read("output-latency-p99", [[0, sample]], { slo, since: 0 })).toMatchObject({
    value: null,
    missing: "the latency of a was not sampled",
  });
});

test("under-replicated: partitions without a replica in sync, of a sample after the wait began", () => {
  const sample = (underReplicated: number): EventBody => ({
    kind: "gauge-replication",
    partitions: 9,
    underReplicated,
  });
  expect(read("under-replicated", [[0, sample(0)]])).toEqual({ value: 0, bound: 0, missing: null });
  expect(read("under-replicated", [[0, sample(2)]]).missing).toBe("2 of 9 partitions lack a replica in sync, above 0");
  expect(read("under-replicated", [[0, sample(0)]], { since: 0 }).value).toBe(null);
});

test("disk-free: the fullest disk, of a sample after the wait began", () => {
  const sample = (freeMiB: number): EventBody => ({ kind: "gauge-disk", disks: 3, fullest: "broker-2", freeMiB });
  expect(read("disk-free", [[0, sample(200)]])).toEqual({ value: 200, bound: 200, missing: null });
  expect(read("disk-free", [[0, sample(199)]]).missing).toBe("the disk of broker-2 has 199 MiB free, below 200 MiB");
  expect(read("disk-free", [[0, sample(900)]], { since: 0 })).toMatchObject({ value: null });
});

test("anomalies: none was found, in all that was before the wait", () => {
  const checked = (upTo: number): EventBody => ({ kind: "gauge-checked", upTo });
  const seen: EventBody = { kind: "anomaly-seen", invariant: "EO1", sentence: "", evidence: [], record: 1, ageMs: 1 };
  expect(read("anomalies", [[0, checked(4)]], { since: 4 })).toEqual({ value: 0, bound: 0, missing: null });
  expect(read("anomalies", [[0, checked(4)]], { since: 5 })).toMatchObject({
    value: null,
    missing: "the online checks have not come so far",
  });
  expect(read("anomalies", [[0, seen]], { since: 4 })).toMatchObject({ value: 1, isFinal: true });
});
