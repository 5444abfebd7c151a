import type { HandWritten, Place } from "../audit/hand-written.fixture.ts";
import { beginHandWritten, status } from "../audit/hand-written.fixture.ts";
import type { Recorder } from "../history/recorder.ts";
import type { EventBody } from "../model/event.ts";
import type { HistoryItem } from "../model/history.ts";
import { slice } from "../model/evidence.ts";
import type { EffectKind, EffectResults, Job, OutRecord } from "../../reference-pipeline/core/effects.ts";
import { partitionOf } from "../../reference-pipeline/core/partitioner.ts";
import { processBatch } from "../../reference-pipeline/core/process.ts";
import type { SourceInput, StageName } from "../../reference-pipeline/core/stage.ts";
import { stages, transactionalIdOf } from "../../reference-pipeline/core/stages.ts";
import { correct } from "../../reference-pipeline/core/strategy.ts";
import type { OpenTask } from "../../reference-pipeline/core/task.ts";
import { v1 } from "../../reference-pipeline/versions/v1.ts";

export const longPartitions = 4;
const perTransaction = 40;
const accounts = 4_000;
const merchants = 200;
const eventTimeStepMs = 20;
const began = 1_700_000_000_000;

/**
 * Records a correct history of at least so many records: the reference pipeline's own core over payments at a steady event
 * time, so that its state stays as large as it is. Every tenth transaction is aborted and done again; a payment in fifty is
 * sent twice. Gives the number of records.
 */
export function writeLongPayments(
  { record, recordFrame }: Pick<Recorder, "record" | "recordFrame">,
  records: number,
): { readonly records: number } {
  const written = beginHandWritten();
  const tasks = (["velocity", "settlement"] as const).map((stage, i) =>
    Array.from({ length: longPartitions }, (_, partition) => openTask(stage, partition, 1 + i * longPartitions)),
  );
  written.event({ kind: "tail-started", partitions: logs });
  for (const { by, id } of tasks.flat()) written.state(id, by, status.empty);
  const totals = { records: 0 };
  let [sent, ended] = [0, 0];
  const take = (): readonly HistoryItem[] => {
    const items = written.take();
    for (const item of items) {
      if (item.kind === "event") record(item.event);
      else recordFrame(item.batch);
      if (item.kind === "frame") totals.records += item.batch.count;
    }
    return items;
  };
  const drive = (task: LongTask): void => {
    const aborts = ended++ % 10 === 9;
    if (aborts) attempt(written, task, "abort");
    take();
    attempt(written, task, "commit");
    for (const item of take()) if (item.kind === "frame") hand(item, tasks[1] ?? []);
    task.due.length = 0;
  };
  while (totals.records < records) {
    const inputs = Map.groupBy(
      Array.from({ length: perTransaction * longPartitions }, () => paymentAt(sent++)),
      ({ account }) => partitionOf(account, longPartitions),
    );
    for (const task of tasks[0] ?? []) {
      const own = (inputs.get(task.open.context.partition) ?? []).map((payment) => ({
        key: payment.account,
        value: JSON.stringify(payment),
      }));
      if (own.length === 0) continue;
      written.data(`payments-${task.open.context.partition}`, own);
      for (const item of take()) if (item.kind === "frame") hand(item, [task], "payments");
    }
    for (const task of tasks.flat()) if (task.due.length > 0) drive(task);
  }
  for (const body of lastEvents(tasks.flat())) written.event(body);
  written.settle();
  take();
  return totals;
}

const flags = "reference.flags";
const topics = ["payments", "by-merchant", "settlements", "velocity-changelog", "settlement-changelog"];
const logs = [
  ...topics.flatMap((topic) => Array.from({ length: longPartitions }, (_, partition) => `${topic}-${partition}`)),
  `${flags}-0`,
  "__consumer_offsets-0",
  "__transaction_state-0",
];

/** What the harness records when nobody writes any more. */
function lastEvents(tasks: readonly LongTask[]): readonly EventBody[] {
  return [
    { kind: "run-phase", phase: "final-read" },
    { kind: "tail-settled", topic: flags, partition: 0, position: 0, logEnd: 0, lastStableOffset: 0 },
    ...tasks.map(({ open: { context, next } }): EventBody => {
      const { group, topics } = context.stage;
      return { kind: "offset-fetched", group, topic: topics.source, partition: context.partition, nextOffset: next };
    }),
  ];
}

interface LongTask {
  readonly open: OpenTask;
  readonly id: string;
  readonly by: { readonly pid: number; readonly epoch: number };
  /** Committed source records that it has not processed. */
  readonly due: SourceInput[];
}

function openTask(stage: StageName, partition: number, firstPid: number): LongTask {
  const open: OpenTask = {
    context: {
      stage: stages[stage],
      topics: stages[stage].topics,
      partition,
      partitions: longPartitions,
      version: v1,
      writer: `member-${partition}/1/v1`,
      strategy: correct,
      maxPerTransaction: 1_000,
      checkpointEvery: Infinity,
      keepCheckpoints: 1,
      rereadsMax: 1,
    },
    version: v1,
    state: new Map(),
    next: 0,
    commit: 0,
    changelogNext: 0,
    checkpoint: null,
    commitsSinceCheckpoint: 0,
    phase: "between",
  };
  return { open, id: transactionalIdOf(stage, partition), by: { pid: firstPid + partition, epoch: 0 }, due: [] };
}

/** Every fiftieth payment is the one before it again. */
function paymentAt(i: number): { readonly account: string } & Readonly<Record<string, string | number>> {
  const n = i % 50 === 49 ? i - 1 : i;
  const [account, merchant] = [(n * 7_919) % accounts, (n * 104_729) % merchants];
  const amount = 50 + ((n * 15_485_863) % 19_950);
  return { id: `p-${n}`, account: `a-${account}`, merchant: `m-${merchant}`, amount, at: began + n * eventTimeStepMs };
}

/** Hands the committed records of a frame of the topic on to the tasks that read them. */
function hand(
  { batch }: Extract<HistoryItem, { kind: "frame" }>,
  to: readonly LongTask[],
  topic = "by-merchant",
): void {
  if (batch.topic !== topic || batch.control) return;
  const task = to.find(({ open }) => open.context.partition === batch.partition);
  for (let i = 0; i < batch.count; i += 1)
    task?.due.push({
      offset: batch.offsets[i] ?? 0,
      key: slice(batch.bytes, batch.keyAt, i),
      value: slice(batch.bytes, batch.valueAt, i),
    });
}

/** One transaction over all that the task has due; an aborted one leaves the task as it was. */
function attempt(written: HandWritten, { open, id, by, due }: LongTask, outcome: "commit" | "abort"): void {
  const { stage, partition } = open.context;
  const task = outcome === "commit" ? open : { ...open, state: new Map(open.state) };
  const places: Place[] = ["__consumer_offsets-0"];
  written.state(id, by, status.ongoing);
  carryOut(processBatch(task, due, new Set()), {
    send: (topic, to, records) => {
      places.push(`${topic}-${to}`);
      written.data(`${topic}-${to}`, records, by);
    },
    offsets: (next) => written.commit({ group: stage.group, topic: stage.topics.source, partition }, next, by),
    commits: outcome === "commit",
  });
  const [prepare, complete] =
    outcome === "commit" ? [status.prepareCommit, status.completeCommit] : [status.prepareAbort, status.completeAbort];
  written.state(id, by, prepare, places);
  for (const place of places) written.marker(place, by, outcome);
  written.state(id, by, complete);
}

interface World {
  readonly send: (topic: string, partition: number, records: readonly OutRecord[]) => void;
  readonly offsets: (next: number) => void;
  readonly commits: boolean;
}

function carryOut<T>(job: Job<T>, { send, offsets, commits }: World): void {
  let answer: EffectResults[EffectKind] = undefined;
  for (let step = job.next(answer); step.done !== true; step = job.next(answer)) {
    const effect = step.value;
    answer = undefined;
    if (effect.kind === "send") {
      send(effect.topic, effect.partition, effect.records);
      answer = { answer: "ok", baseOffset: 0 };
    }
    if (effect.kind === "send-offsets") offsets(effect.nextOffset);
    if (effect.kind === "send-offsets") answer = "ok";
    if (effect.kind === "commit") answer = commits ? "ok" : "fenced";
  }
}
