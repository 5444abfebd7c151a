import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginAudit } from "../audit/audit.ts";
import { beginLag } from "../audit/lag.ts";
import { beginClock } from "../base/clock.ts";
import { pinnedBrokers } from "../environment/cluster/broker-versions.ts";
import { createEnvironment } from "../environment/create.ts";
import { readHistory } from "../history/reader.ts";
import { openRecorder, type Recorder } from "../history/recorder.ts";
import { brokerId } from "../model/brand.ts";
import type { Environment } from "../model/environment.ts";
import { keyText, type EvidenceBatch, type Transaction } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { createTopics } from "../admin/topics.ts";
import { harnessClient } from "../admin/client.ts";
import { warmUp } from "../admin/warm-up.ts";
import { startTail, type Tail } from "./tail.ts";

const config = { "min.insync.replicas": "2" };
const topics = [
  { name: "input", partitions: 3, config },
  { name: "alpha", partitions: 3, config },
  { name: "beta", partitions: 3, config },
];
const description: PipelineDescription = {
  name: "joined",
  folder: "pipelines/toy",
  speaks: true,
  guarantee: "exactly-once",
  offsets: "in-transaction",
  topics: () => topics,
  stages: [
    {
      name: "copy",
      sources: ["input"],
      group: "copiers",
      changelog: null,
      sinks: ["alpha", "beta"],
      transactionalId: (partition) => `copy-${partition}`,
    },
  ],
  versions: {},
  workload: { stream: "none", topic: "none", records: () => [] },
  specificationPath: null,
  mutants: [],
  points: [],
  checkpoint: null,
  config: () => ({}),
  activate: null,
};
const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 60 };
const never = new AbortController().signal;

let environment: Environment;
let directory: string;
let kafka: Kafka;
let recorder: Recorder;
let tail: Tail;
const live: HistoryEvent[] = [];
const lag = beginLag(description, 3);
let markersSeen = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-tail-"));
  const spec = { runDirectory: join(directory, "run"), brokers: pinnedBrokers(3), memberSlots: 1, brokerConfig: {} };
  environment = await createEnvironment({ kind: "process", reason: "process: asked for" }, spec, never);
  kafka = new Kafka({ brokers: [...environment.directBootstrap], logLevel: logLevel.NOTHING, retry });
  await createTopics({ bootstrap: environment.directBootstrap, topics, replicationFactor: 3, signal: never });
  recorder = await openRecorder(join(directory, "history"), beginClock());
  recorder.subscribe((event) => void live.push(event));
  recorder.subscribeFrames((batch) => {
    lag.step(batch);
    if (batch.control && batch.topic === "alpha") markersSeen += batch.count;
  });
  tail = await startTail({
    bootstrap: environment.directBootstrap,
    topics: topics.map(({ name }) => ({ name, compacted: false })),
    record: recorder.record,
    recordFrame: recorder.recordFrame,
    signal: never,
  });
  await warmUp({ kafka: harnessClient(environment.directBootstrap), description, signal: never });
}, 120_000);

afterAll(async () => {
  await tail?.stop();
  await environment?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** What a client knows of one of its transactions. */
interface Known {
  readonly transactionalId: string;
  readonly outcome: "committed" | "aborted";
  /** `alpha-0:key` per record sent. */
  readonly records: readonly string[];
  readonly next: number | null;
}

async function producer(transactionalId: string): Promise<Producer> {
  const made = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1, retry });
  await made.connect();
  return made;
}

async function oneTransaction(from: Producer, own: number, n: number): Promise<Known> {
  const transaction = await from.transaction();
  const key = `k-${own}-${n}`;
  const records: string[] = [];
  for (const [topic, partition] of [
    ["alpha", n % 3],
    ["beta", own],
  ] as const) {
    await transaction.send({ topic, messages: [{ key, value: "v", partition, headers: { "rp-writer": "m/1/v1/1" } }] });
    records.push(`${topic}-${partition}:${key}`);
  }
  const offsets = [{ topic: "input", partitions: [{ partition: own, offset: String(n + 1) }] }];
  await transaction.sendOffsets({ consumerGroupId: "copiers", topics: offsets });
  const aborted = n % 5 === 4;
  await (aborted ? transaction.abort() : transaction.commit());
  return {
    transactionalId: `copy-${own}`,
    outcome: aborted ? "aborted" : "committed",
    records,
    next: n + 1,
  };
}

function seenOf(transaction: Transaction): Known {
  const records = transaction.parts
    .filter(({ role }) => role === "sink")
    .flatMap(({ topic, partition, records }) =>
      Array.from({ length: records.count }, (_, i) => `${topic}-${partition}:${keyText(records, i)}`),
    );
  const { outcome, transactionalId, commits } = transaction;
  if (outcome !== "committed" && outcome !== "aborted") throw new Error(`${transactionalId}: ${transaction.why}`);
  return { transactionalId, outcome, records: records.toSorted(), next: commits[0]?.nextOffset ?? null };
}

const known: Known[] = [];
const warmUps: Known[] = [];

test("the live tail sees the marker of every slow transaction, one at a time", async () => {
  const plain = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
  await plain.connect();
  for (const partition of [0, 1, 2])
    await plain.send({
      topic: "input",
      messages: Array.from({ length: 40 }, (_, i) => ({ key: `i-${i}`, value: "x", partition })),
    });
  await plain.disconnect();
  const slow = await producer("slow");
  for (let n = 0; n < 8; n += 1) {
    const before = markersSeen;
    const transaction = await slow.transaction();
    await transaction.send({ topic: "alpha", messages: [{ key: `s-${n}`, value: "v", partition: 0 }] });
    await transaction.commit();
    warmUps.push({ transactionalId: "slow", outcome: "committed", records: [`alpha-0:s-${n}`], next: null });
    await expect.poll(() => markersSeen - before, { timeout: 5_000, interval: 10 }).toBe(1);
  }
  await slow.disconnect();
});

test("three interleaved producers, one transaction in five aborted, a broker crash amid: the join is what clients saw", async () => {
  const producers = await Promise.all([0, 1, 2].map((own) => producer(`copy-${own}`)));
  const run = async (from: number, to: number): Promise<void> => {
    const all = await Promise.all(
      producers.map(async (one, own) => {
        const mine: Known[] = [];
        for (let n = from; n < to; n += 1) mine.push(await oneTransaction(one, own, n));
        return mine;
      }),
    );
    known.push(...all.flat());
  };
  await run(0, 15);
  await environment.broker(brokerId("broker-2")).do("crash", never);
  await environment.startBroker(brokerId("broker-2"), { disk: "keep" }, never);
  await run(15, 30);
  for (const one of producers) await one.disconnect();

  const settling = await tail.settle({ timeoutMs: 30_000, signal: never, openTransactions: () => lag.open() });
  expect(settling).toEqual({ settled: true, open: [], transactions: [] });
  expect(lag.tasks().map((task) => task.committedNext)).toEqual([29, 29, 29]);
  await tail.stop();
  await recorder.close();
  expect(live.filter(({ kind }) => ["tail-gap", "tail-failed", "defect"].includes(kind))).toEqual([]);

  const history = readHistory(join(directory, "history"));
  const audit = beginAudit({ description, specification: null, partitions: 3 });
  const batches: EvidenceBatch[] = [];
  for (const item of history.items()) batches.push(...audit.step(item));
  batches.push(...audit.finish(history.end()));

  const transactions = batches.flatMap((batch) => (batch.kind === "transaction" ? [batch.transaction] : []));
  const byId = (all: readonly Known[]): unknown =>
    [...Map.groupBy(all, ({ transactionalId }) => transactionalId)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const expected = [...warmUps, ...known].map((one) => ({ ...one, records: one.records.toSorted() }));
  const own = transactions.filter(({ transactionalId }) => /^(copy|slow)/.test(transactionalId));
  expect(byId(own.map(seenOf))).toEqual(byId(expected));
  expect(own.length).toBe(98);

  const end = batches.at(-1);
  if (end?.kind !== "end") throw new Error("no end");
  expect({ complete: end.end.complete, gaps: end.end.gaps }).toEqual({ complete: true, gaps: [] });
  const committed = new Map([...end.end.committed].map(([key, { nextOffset }]) => [key, nextOffset]));
  const places = ["copiers/input-0", "copiers/input-1", "copiers/input-2"];
  expect(committed).toEqual(new Map(places.map((place) => [place, 29])));
  expect(end.end.partitions.every(({ settled }) => settled)).toBe(true);
});
