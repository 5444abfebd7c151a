import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { offset, partition, runNanos, seq } from "../model/brand.ts";
import type { EventBody, HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { drawn, showProgress, beginProgress, type Progress } from "./progress.ts";
import { actBegan, actSettled, rolling } from "../program/program.fixture.ts";

const description: PipelineDescription = {
  name: "two-stages",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: () => [],
  stages: [
    { name: "first", sources: ["in"], group: "g1", changelog: null, sinks: ["between"], transactionalId: null },
    { name: "second", sources: ["between"], group: "g2", changelog: null, sinks: ["out"], transactionalId: null },
  ],
  versions: {},
  workload: { stream: "in", topic: "in", records: () => [] },
  specificationPath: null,
  mutants: [],
  points: [],
  checkpoint: null,
  config: () => ({}),
  activate: null,
};

const plan: Plan = {
  planVersion: 2,
  seed: "1",
  scenario: {
    name: "s",
    question: "?",
    pipeline: "two-stages",
    from: "v1",
    to: "v2",
    profile: "fast",
    members: 1,
    brokers: [{ version: null }],
    workload: {
      inputs: 20_000,
      partitions: 1,
      keys: 1,
      duplicatesPercent: 0,
      outOfOrderPercent: 0,
      latePercent: 0,
      hotKeysPercent: 0,
      paceMs: 0,
    },
    upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 0, finalise: true },
    faults: [],
    mutant: null,
    gates: { lagMax: 0, checkpointLagMax: 0, timeoutMs: 1 },
    guarantee: "exactly-once",
    exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
    expect: { verdict: "valid", anomalies: [] },
  },
  mutant: null,
  sends: [{ stream: "in", count: 20_000, sha256: "" }],
  program: [],
  faults: [],
};

const fresh = (): Progress => beginProgress({ plan, description });

function at(seconds: number, number: number, body: EventBody): HistoryEvent {
  return { ...body, seq: seq(number), at: runNanos(seconds * 1e9) };
}

function frame(topic: string, count: number, control = false): LogBatch {
  return {
    seq: seq(0),
    topic,
    partition: partition(0),
    highWatermark: offset(0),
    lastStableOffset: offset(0),
    baseOffset: offset(0),
    lastOffset: offset(0),
    transactional: true,
    control,
    producerId: 1,
    producerEpoch: 0,
    baseSequence: 0,
    leaderEpoch: 0,
    count,
    offsets: new Float64Array(count),
    timestamps: new Float64Array(count),
    keyAt: new Int32Array(),
    valueAt: new Int32Array(),
    headersAt: new Int32Array(),
    bytes: new Uint8Array(),
  };
}

test("before anything happened the lines say so", () => {
  expect(fresh().lines(0)).toEqual(["[0.0 s] boot  in 0 of 20,000  out 0  lag 0", "nothing injured now"]);
});

const program = rolling(["member-1", "member-2"]);

test("the lines tell phase, elapsed, records in and out, lag, the act and what is injured now", () => {
  const progress = fresh();
  progress.event(at(9, 0, { kind: "run-phase", phase: "roll" }));
  progress.event(
    at(9, 1, { kind: "send-invoked", stream: "in", topic: "in", partition: 0, indexes: [], count: 1_500 }),
  );
  progress.event(at(9, 2, { kind: "send-invoked", stream: "in", topic: "in", partition: 0, indexes: [], count: 9 }));
  progress.event(at(9, 3, { kind: "send-ok", invoked: 1, baseOffset: 0 }));
  progress.event(at(9, 4, { kind: "gauge-lag", stage: "first", partition: 0, committedNext: 1, lag: 7 }));
  progress.event(at(9, 5, { kind: "gauge-lag", stage: "first", partition: 0, committedNext: 1, lag: 5 }));
  progress.event(at(9, 6, { kind: "gauge-lag", stage: "second", partition: 0, committedNext: 1, lag: 10 }));
  progress.event(at(9, 7, actBegan(program, "drain of member-2")));
  progress.event(at(9, 8, { kind: "fault-applied", fault: "fault-1", faultKind: "pause", targets: ["member-1"] }));
  for (const batch of [frame("out", 4), frame("between", 8), frame("out", 1, true)]) progress.frame(batch);
  expect(progress.lines(12.34e9)).toEqual([
    "[12.3 s] roll  in 1,500 of 20,000  out 4  lag 15",
    "upgrading: drain of member-2  injured now: pause member-1",
  ]);
});

test("phases, acts and faults are said at once, gauges and sends are not", () => {
  const progress = fresh();
  const said = [
    at(1, 0, { kind: "run-phase", phase: "load" }),
    at(2, 1, { kind: "gauge-lag", stage: "first", partition: 0, committedNext: 1, lag: 7 }),
    at(3, 2, actBegan(program, "start of member-1")),
    at(4, 3, { kind: "fault-applied", fault: "fault-1", faultKind: "hold", targets: ["a\u001b[2J", "b"] }),
    at(5, 4, { kind: "fault-healed", fault: "fault-1" }),
    at(6, 5, { ...actSettled(program, "gate of member-1"), tookMs: 1_234 }),
  ].map((event) => progress.event(event));
  expect(said).toEqual([
    "[1.0 s] phase load",
    null,
    "[3.0 s] upgrade: start of member-1 (v2)",
    String.raw`[4.0 s] injured: hold a\u{1b}[2J, b`,
    String.raw`[5.0 s] healed: hold a\u{1b}[2J, b`,
    "[6.0 s] upgrade: gate of member-1 settled after 1.2 s",
  ]);
  expect(progress.lines(6e9)[1]).toBe("nothing injured now");
});

test("on a terminal two lines are redrawn within its width; elsewhere one plain line is written", () => {
  const lines = ["abcdefghij", "xy"] as const;
  expect(drawn(lines, 8)).toBe("\r\u001b[2Kabcdef…\n\r\u001b[2Kxy\r\u001b[1A");
  expect(drawn(lines, null)).toBe("abcdefghij  xy\n");
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function shown(columns: number | null): {
  readonly written: string[];
  readonly say: (event: HistoryEvent) => void;
  readonly end: () => void;
} {
  const written: string[] = [];
  const folds: ((event: HistoryEvent) => void)[] = [];
  const nothing: Disposable = { [Symbol.dispose]: () => undefined };
  const display = showProgress({
    progress: fresh(),
    subscribe: (fold) => {
      folds.push(fold);
      return { [Symbol.dispose]: () => void folds.splice(0) };
    },
    subscribeFrames: () => nothing,
    now: () => 5e9,
    screen: { columns, write: (text) => void written.push(text) },
  });
  return { written, say: (event) => folds.forEach((fold) => fold(event)), end: () => display[Symbol.dispose]() };
}

test("without a terminal, lines come on each change and at most once a second besides", () => {
  const { written, say, end } = shown(null);
  say(at(1, 0, { kind: "run-phase", phase: "load" }));
  vi.advanceTimersByTime(4_500);
  end();
  say(at(2, 1, { kind: "run-phase", phase: "roll" }));
  vi.advanceTimersByTime(60_000);
  const status = "[5.0 s] load  in 0 of 20,000  out 0  lag 0  nothing injured now\n";
  expect(written).toEqual(["[1.0 s] phase load\n", status, status]);
});

test("on a terminal the lines are redrawn in place, and erased at the end", () => {
  const { written, say, end } = shown(80);
  say(at(1, 0, { kind: "run-phase", phase: "load" }));
  vi.advanceTimersByTime(250);
  end();
  vi.advanceTimersByTime(60_000);
  const figures = "[5.0 s] load  in 0 of 20,000  out 0  lag 0";
  expect(written).toEqual([drawn([figures, "nothing injured now"], 80), "\r\u001b[2K\n\r\u001b[2K\u001b[1A"]);
});
