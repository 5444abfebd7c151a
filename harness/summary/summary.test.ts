import * as fc from "fast-check";
import { expect, test } from "vitest";
import { runNanos, seq } from "../model/brand.ts";
import type { EvidenceBatch, Records, Transaction } from "../model/evidence.ts";
import type { EventBody, HistoryEvent } from "../model/event.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { nothingPointed } from "./pointed.ts";
import { beginSummary } from "./summary.ts";
import { actBegan, actSettled, rolling } from "../program/program.fixture.ts";

const program = rolling(["member-1"]);

const description: PipelineDescription = {
  name: "two-stages",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: () => [],
  stages: [
    { name: "first", sources: ["in"], group: "g1", changelog: "c1", sinks: ["between"], transactionalId: null },
    { name: "second", sources: ["between"], group: "g2", changelog: "c2", sinks: ["out"], transactionalId: null },
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
    members: 2,
    brokers: [{ version: null }],
    workload: {
      inputs: 10,
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
  sends: [{ stream: "in", count: 10, sha256: "" }],
  program,
  faults: ["fault-1", "fault-2", "fault-3"].map((id) => ({
    id,
    kind: "pause",
    target: "member-2",
    pick: 0,
    trigger: { kind: "time", atMs: 0 },
    forMs: 1_000,
    params: {},
  })),
};

/** Events at the given milliseconds of the run's clock; seq = place in the list. */
function history(...told: readonly (readonly [ms: number, body: EventBody])[]): HistoryEvent[] {
  return told.map(([ms, body], i) => ({ ...body, seq: seq(i), at: runNanos(ms * 1e6) }));
}

function fold(batches: readonly EvidenceBatch[]) {
  const summary = beginSummary({ plan, description });
  for (const batch of batches) summary.step(batch);
  return summary.finish(nothingPointed);
}
const foldEvents = (...told: readonly (readonly [ms: number, body: EventBody])[]) =>
  fold(history(...told).map((event) => ({ kind: "event", event })));

const empty = {
  schemaVersion: 2,
  runId: "",
  endMs: 0,
  phases: [],
  steps: [],
  members: [],
  brokers: [],
  faults: plan.faults.map(({ id }) => ({
    id,
    faultKind: "pause",
    label: "pause member-2",
    targets: ["member-2"],
    fromMs: 0,
    toMs: 0,
    proven: false,
    unfired: "The run ended before its trigger.",
  })),
  series: [
    { name: "lag of first", unit: "records", points: [] },
    { name: "lag of second", unit: "records", points: [] },
    { name: "commits", unit: "per second", points: [] },
    { name: "records in", unit: "per second", points: [] },
    { name: "records out", unit: "per second", points: [] },
  ],
  counts: {
    inputsPlanned: 10,
    inputsAcknowledged: 0,
    transactionsCommitted: 0,
    transactionsAborted: 0,
    outputsCommitted: 0,
    events: 0,
    frames: 0,
  },
  records: [],
  events: [],
};

test("an empty history gives an empty summary, its faults unfired", () => {
  expect(fold([])).toEqual(empty);
});

test("times count from the first send, and boot lies before it", () => {
  const { phases, endMs } = foldEvents(
    [1_000, { kind: "run-phase", phase: "boot" }],
    [5_000, { kind: "run-phase", phase: "load" }],
    [6_000, { kind: "time-zero" }],
    [9_000, { kind: "run-ended", events: 3, frames: 0, sha256: "" }],
  );
  expect(phases).toEqual([
    { label: "boot", fromMs: -5_000, toMs: -1_000 },
    { label: "load", fromMs: -1_000, toMs: 3_000 },
  ]);
  expect(endMs).toBe(3_000);
});

test("a run cut off leaves its last phase, step and incarnation open", () => {
  const { phases, steps, members } = foldEvents(
    [0, { kind: "time-zero" }],
    [1, { kind: "run-phase", phase: "roll" }],
    [2, { kind: "process-started", process: "member-1", incarnation: 1, version: "v1", pid: 7, sha256: null }],
    [3, actBegan(program, "ready before member-1")],
    [4, actBegan(program, "drain of member-1")],
    [6, actSettled(program, "drain of member-1")],
    [7, actBegan(program, "stop of member-1")],
  );
  expect(phases).toEqual([{ label: "roll", fromMs: 1, toMs: null }]);
  expect(steps).toEqual([
    {
      label: "member-1 v1 → v2",
      members: ["member-1"],
      fromMs: 4,
      toMs: null,
      phases: [
        { label: "drain", fromMs: 4, toMs: 6 },
        { label: "stop", fromMs: 7, toMs: null },
      ],
    },
  ]);
  expect(members).toEqual([
    { id: "member-1", incarnations: [{ incarnation: 1, version: "v1", fromMs: 2, toMs: null, ended: null }] },
  ]);
});

test("lanes hold each incarnation with its version and end, in the order of their numbers", () => {
  const started = (process: string, incarnation: number, version: string | null): EventBody => ({
    kind: "process-started",
    process,
    incarnation,
    version,
    pid: 1,
    sha256: null,
  });
  const { members, brokers } = foldEvents(
    [0, { kind: "time-zero" }],
    [1, started("member-10", 1, "v1")],
    [2, started("member-2", 1, "v1")],
    [3, { kind: "process-ended", process: "member-2", incarnation: 1, code: null, signal: "SIGKILL", cause: "fault" }],
    [4, started("member-2", 2, "v2")],
    [5, started("broker-1", 1, null)],
    [6, { kind: "process-ended", process: "broker-1", incarnation: 1, code: 3, signal: null, cause: "unexpected" }],
    [7, { kind: "process-ended", process: "broker-9", incarnation: 1, code: 0, signal: null, cause: "asked" }],
  );
  expect(members).toEqual([
    {
      id: "member-2",
      incarnations: [
        { incarnation: 1, version: "v1", fromMs: 2, toMs: 3, ended: "fault (SIGKILL)" },
        { incarnation: 2, version: "v2", fromMs: 4, toMs: null, ended: null },
      ],
    },
    { id: "member-10", incarnations: [{ incarnation: 1, version: "v1", fromMs: 1, toMs: null, ended: null }] },
  ]);
  expect(brokers).toEqual([
    {
      id: "broker-1",
      incarnations: [{ incarnation: 1, version: null, fromMs: 5, toMs: 6, ended: "unexpected (exit 3)" }],
    },
  ]);
});

test("a fault's window runs from applied to healed, and is proven only by an active probe", () => {
  const { faults } = foldEvents(
    [0, { kind: "time-zero" }],
    [10, { kind: "fault-applied", fault: "fault-1", faultKind: "pause", targets: ["member-3"] }],
    [11, { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null }],
    [20, { kind: "fault-healed", fault: "fault-1" }],
    [30, { kind: "fault-unfired", fault: "fault-2", why: "Nobody came to the point." }],
    [40, { kind: "fault-applied", fault: "fault-3", faultKind: "pause", targets: ["member-1"] }],
    [41, { kind: "fault-probed-active", fault: "fault-3", active: false, proof: null }],
    [42, { kind: "fault-applied", fault: "not planned", faultKind: "pause", targets: [] }],
  );
  expect(faults.map(({ label, fromMs, toMs, proven, unfired }) => ({ label, fromMs, toMs, proven, unfired }))).toEqual([
    { label: "pause member-3", fromMs: 10, toMs: 20, proven: true, unfired: null },
    { label: "pause member-2", fromMs: 30, toMs: 30, proven: false, unfired: "Nobody came to the point." },
    { label: "pause member-1", fromMs: 40, toMs: null, proven: false, unfired: null },
  ]);
});

test("the lag of a stage is the sum over its partitions, one point per sample", () => {
  const lag = (partition: number, value: number): EventBody => ({
    kind: "gauge-lag",
    stage: "first",
    partition,
    committedNext: null,
    lag: value,
  });
  const { series } = foldEvents([0, { kind: "time-zero" }], [1_000, lag(0, 5)], [1_001, lag(1, 7)], [2_000, lag(0, 0)]);
  expect(series[0]).toEqual({
    name: "lag of first",
    unit: "records",
    points: [
      [1_000, 12],
      [2_000, 7],
    ],
  });
});

test("a long series is thinned and keeps its peak", () => {
  const told = Array.from(
    { length: 5_000 },
    (_, i) =>
      [
        i * 1_000,
        { kind: "gauge-lag", stage: "first", partition: 0, committedNext: null, lag: i === 1_234 ? 99 : 1 },
      ] as const,
  );
  const points = foldEvents(...told).series[0]?.points ?? [];
  expect(points.length).toBeLessThanOrEqual(600);
  expect(points.filter(([, value]) => value === 99)).toHaveLength(1);
});

function records(topic: string, count: number): Records {
  return {
    topic,
    partition: 0,
    count,
    offsets: new Float64Array(count),
    timestamps: new Float64Array(count),
    keyAt: new Int32Array(2 * count),
    valueAt: new Int32Array(2 * count),
    headersAt: new Int32Array(2 * count),
    bytes: new Uint8Array(),
    causeTopic: new Int32Array(count),
    causeTopics: [],
    causePartition: new Int32Array(count),
    causeOffset: new Float64Array(count),
    ordinal: new Int32Array(count),
    writer: new Int32Array(count),
    twins: null,
    writers: [],
  };
}
function transaction(outcome: Transaction["outcome"], at: number, parts: readonly Records[]): EvidenceBatch {
  return {
    kind: "transaction",
    transaction: {
      index: 0,
      transactionalId: "t",
      producerId: 1,
      producerEpoch: 0,
      outcome,
      why: null,
      logged: { prepare: null, complete: null },
      session: 0,
      prepare: null,
      complete: null,
      parts: parts.map((records) => ({
        topic: records.topic,
        partition: 0,
        role: "sink",
        records,
        epochs: new Int32Array(),
        marker: null,
        listed: true,
      })),
      commits: [],
      task: null,
      seq: seq(at),
      firstSeq: null,
    },
  };
}

test("only committed transactions count as output, at the time of the frame that decided them", () => {
  const events = history(
    [0, { kind: "time-zero" }],
    [1_000, { kind: "faults-over" }],
    [2_500, { kind: "drained" }],
    [9_000, { kind: "faults-over" }],
  ).map((event): EvidenceBatch => ({ kind: "event", event }));
  const { counts, series } = fold([
    ...events,
    transaction("committed", 1, [records("between", 3), records("c1", 9)]),
    transaction("committed", 2, [records("out", 2), records("c2", 9)]),
    transaction("aborted", 2, [records("out", 5)]),
    transaction("pending", 3, [records("out", 5)]),
    { kind: "plain-records", role: "sink", records: records("out", 1) },
  ]);
  expect(counts).toEqual({
    ...empty.counts,
    transactionsCommitted: 2,
    transactionsAborted: 1,
    outputsCommitted: 6,
    events: 4,
  });
  expect(series[2]?.points).toEqual([
    [1_000, 1],
    [2_000, 1],
  ]);
  expect(series[4]?.points.filter(([, value]) => value > 0)).toEqual([
    [2_000, 2],
    [9_000, 1],
  ]);
});

test("a send counts when the broker acknowledged it, a doubtful one does not", () => {
  const invoked: EventBody = {
    kind: "send-invoked",
    stream: "in",
    topic: "in",
    partition: 0,
    indexes: [[0, 3]],
    count: 4,
  };
  const { counts } = foldEvents(
    [0, invoked],
    [1, invoked],
    [2, { kind: "send-ok", invoked: 0, baseOffset: 0 }],
    [3, { kind: "send-info", invoked: 1, why: "time-out" }],
  );
  expect(counts.inputsAcknowledged).toBe(4);
});

test("whatever the order of events, no span ends before it begins and the runs of the fold agree", () => {
  const body = fc.oneof<fc.Arbitrary<EventBody>[]>(
    fc.constant({ kind: "time-zero" }),
    fc.constantFrom("boot", "load", "heal").map((phase) => ({ kind: "run-phase", phase })),
    fc.constantFrom("fault-1", "fault-9").map((fault) => ({ kind: "fault-healed", fault })),
    fc.constant({ kind: "fault-applied", fault: "fault-1", faultKind: "pause", targets: ["member-1"] }),
    fc.constantFrom(...["drain", "stop", "gate"].map((phase) => actBegan(program, `${phase} of member-1`))),
    fc.constantFrom(...["drain", "stop", "gate"].map((phase) => actSettled(program, `${phase} of member-1`))),
  );
  fc.assert(
    fc.property(fc.array(body, { maxLength: 40 }), (bodies) => {
      const told = bodies.map((body, i) => [i * 100, body] as const);
      const summary = foldEvents(...told);
      expect(foldEvents(...told)).toEqual(summary);
      const spans = [...summary.phases, ...summary.faults, ...summary.steps, ...summary.steps.flatMap((s) => s.phases)];
      for (const { fromMs, toMs } of spans) expect(toMs ?? Infinity).toBeGreaterThanOrEqual(fromMs);
    }),
  );
});
