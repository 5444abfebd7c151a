import type { Kafka } from "kafkajs";
import { beginLag, type Lag } from "../audit/lag.ts";
import { readOffsetsRecord } from "../audit/codec/offsets.ts";
import { beginMembership } from "../audit/membership.ts";
import type { Clock } from "../base/clock.ts";
import { stretched } from "../base/host-factor.ts";
import { runGauges } from "../evidence/gauges.ts";
import type { HealthTarget } from "../evidence/health.ts";
import { startTail, type Tail, type TailTopic } from "../evidence/tail.ts";
import { beginDroppedOutput } from "../evidence/dropped-output.ts";
import { beginTestimony } from "../evidence/testimony.ts";
import type { OnCommits } from "../faults/moments.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Environment, Process } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { tasksOf } from "../model/tasks.ts";
import { fetchedOffsets } from "../admin/fetched-offsets.ts";

export interface CollectingOptions {
  readonly environment: Environment;
  readonly kafka: Kafka;
  readonly description: PipelineDescription;
  readonly plan: Plan;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly hostFactor: number;
}

/** All evidence of a run on its way into the history. Disposing it reads the logs to their end first. */
export interface Collecting extends AsyncDisposable {
  /** A member's line of stdout. */
  readonly line: (member: string, incarnation: number, line: string) => void;
  /** So many bytes of a member's output have been dropped so far. */
  readonly dropped: (member: string, incarnation: number, bytes: number) => void;
  /** From now on these members' health is sampled. */
  watchHealth(members: () => readonly Process[]): void;
  readonly onCommits: OnCommits;
  /** Nothing waits and no transaction is open, and so it was for half a second. */
  drained(): boolean;
  /** What still waits, in words. */
  backlog(): string;
}

const quietMs = 500;
/** Before the host factor. */
const finalReadMs = 15_000;

export async function startCollecting(options: CollectingOptions): Promise<Collecting> {
  const { environment, description, plan, recorder, clock } = options;
  const { record } = recorder;
  const { partitions } = plan.scenario.workload;
  const droppedOutput = beginDroppedOutput(record);
  const hear = beginTestimony({ record, dropped: droppedOutput.testimony, now: () => performance.now() });
  const over = new AbortController();
  const lag = beginLag(description, partitions);
  const commits = beginCommitCount(options.description);
  const targets = beginTargets(description.speaks);
  const membership = description.speaks ? null : beginMembership(tasksOf(description, description.topics(partitions)));
  const silent = (): readonly EventBody<"gauge-health">[] =>
    targets.living().flatMap((member) => membership?.healthOf(member) ?? []);
  let quietSince = performance.now();
  const frames = recorder.subscribeFrames((batch) => {
    lag.step(batch);
    commits.step(batch);
    if (membership?.step(batch, targets.living()) === true) for (const health of silent()) record(health);
    if (isData(batch)) quietSince = performance.now();
  });
  const tail = await startTail({
    bootstrap: environment.directBootstrap,
    topics: tailTopics(description, partitions),
    record,
    recordFrame: recorder.recordFrame,
    signal: over.signal,
  });
  const gauges = runGauges({
    record,
    clock,
    members: targets.all,
    silent,
    lag: () => lag.tasks(),
    pids: () => [...ownPids(environment), ...targets.pids()],
    signal: over.signal,
  });
  return {
    line: (member, incarnation, line) => hear({ member, incarnation }, line),
    dropped: (member, incarnation, bytes) => droppedOutput.bytes({ member, incarnation }, bytes),
    watchHealth: targets.watch,
    onCommits: commits.subscribe,
    drained: () => performance.now() - quietSince >= quietMs && nothingWaits(lag),
    backlog: () => backlogText(lag.tasks(), lag.open()),
    async [Symbol.asyncDispose]() {
      record({ kind: "run-phase", phase: "final-read" });
      droppedOutput.end();
      await readToTheEnd(options, tail, lag);
      over.abort();
      await Promise.all([tail.stop(), gauges]);
      frames[Symbol.dispose]();
    },
  };
}

async function readToTheEnd(options: CollectingOptions, tail: Tail, lag: Lag): Promise<void> {
  const { record } = options.recorder;
  const timeoutMs = stretched(finalReadMs, options.hostFactor);
  const settling = await tail.settle({
    timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    openTransactions: () => lag.open(),
  });
  for (const { topic, partition, why } of settling.open) record({ kind: "tail-failed", topic, partition, why });
  if (settling.settled) await recordFetchedOffsets(options);
}

function nothingWaits(lag: Lag): boolean {
  return lag.open().length === 0 && lag.tasks().every((task) => task.lag === 0);
}

/** The run's own processes besides harness and members. */
function ownPids(environment: Environment): readonly number[] {
  return [...environment.serverPids, ...environment.brokers.map((id) => environment.broker(id).pid)];
}

function tailTopics(description: PipelineDescription, partitions: number): readonly TailTopic[] {
  return description
    .topics(partitions)
    .map(({ name, config }) => ({ name, compacted: config["cleanup.policy"] === "compact" }));
}

/** What the groups' coordinators answer now that every member has ended and no transaction is open: for TX2. */
async function recordFetchedOffsets({ kafka, description, recorder }: CollectingOptions): Promise<void> {
  try {
    for (const event of await fetchedOffsets(kafka, description)) recorder.record(event);
  } catch (error) {
    const why = `The committed offsets could not be fetched: ${String(error)}`;
    recorder.record({ kind: "defect", what: why, stack: null });
  }
}

function isData(batch: LogBatch): boolean {
  return !batch.topic.startsWith("__") || batch.control;
}

/** Offset commits seen in the offsets log, whatever became of their transactions: a measure of progress, no evidence. */
function beginCommitCount(description: PipelineDescription): {
  step(batch: LogBatch): void;
  readonly subscribe: OnCommits;
} {
  const folds = new Set<(total: number) => void>();
  const groups = new Set(description.stages.map(({ group }) => group));
  let total = 0;
  return {
    step(batch) {
      if (batch.topic !== "__consumer_offsets" || batch.control) return;
      const before = total;
      for (let i = 0; i < batch.count; i += 1) {
        const key = slice(batch.bytes, batch.keyAt, i);
        const read = readOffsetsRecord(key, slice(batch.bytes, batch.valueAt, i), groups);
        if (read.kind === "commit") total += 1;
      }
      if (total > before) for (const fold of folds) fold(total);
    },
    subscribe(fold) {
      folds.add(fold);
      fold(total);
      return { [Symbol.dispose]: () => void folds.delete(fold) };
    },
  };
}

/** The living members, and the control ports of those that have one, as far as they have said them. */
function beginTargets(speaks: boolean): {
  readonly all: () => readonly HealthTarget[];
  readonly living: () => readonly Process[];
  readonly pids: () => readonly number[];
  readonly watch: (members: () => readonly Process[]) => void;
} {
  const endpoints = new Map<Process, string | null>();
  let living: () => readonly Process[] = () => [];
  const learn = (process: Process): void => {
    endpoints.set(process, null);
    process.endpoint("control").then(
      (endpoint) => void endpoints.set(process, endpoint),
      () => undefined, // it ended before it listened: there is nothing to sample
    );
  };
  return {
    living: () => living(),
    pids: () => living().map(({ pid }) => pid),
    watch: (members) => void (living = members),
    all() {
      const members = speaks ? living() : [];
      for (const process of members) if (!endpoints.has(process)) learn(process);
      for (const process of endpoints.keys()) if (!members.includes(process)) endpoints.delete(process);
      return members.flatMap((process) => {
        const endpoint = endpoints.get(process) ?? null;
        return endpoint === null ? [] : [{ member: process.id, incarnation: process.incarnation, endpoint }];
      });
    },
  };
}

function backlogText(
  tasks: readonly { readonly stage: string; readonly partition: number; readonly lag: number }[],
  open: readonly string[],
): string {
  const waiting = tasks.filter((task) => task.lag > 0).map((task) => `${task.stage}-${task.partition}: ${task.lag}`);
  return [
    waiting.length === 0 ? "No task has lag." : `Lag: ${waiting.join(", ")}.`,
    open.length === 0 ? "No transaction is open." : `Open: ${open.join(", ")}.`,
  ].join(" ");
}
