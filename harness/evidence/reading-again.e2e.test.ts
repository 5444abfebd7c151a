import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel, type Admin, type Message } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTopics } from "../admin/topics.ts";
import { beginClock } from "../base/clock.ts";
import { pinnedBrokers } from "../environment/cluster/broker-versions.ts";
import { createEnvironment } from "../environment/create.ts";
import { openRecorder, type Recorder } from "../history/recorder.ts";
import { brokerId, type BrokerId } from "../model/brand.ts";
import type { Environment } from "../model/environment.ts";
import type { HistoryEvent } from "../model/event.ts";
import { startTail, type Tail } from "./tail.ts";

/** One replica in sync is enough, and one out of sync may lead: what only the leader had is lost with it. */
const config = { "min.insync.replicas": "1", "unclean.leader.election.enable": "true" };
const topics = [{ name: "lossy", partitions: 1, config }];
const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 60 };
const never = new AbortController().signal;
const patience = { timeout: 30_000, interval: 100 };

let environment: Environment;
let directory: string;
let kafka: Kafka;
let recorder: Recorder;
let tail: Tail;
const again: HistoryEvent<"log-read-again">[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-again-"));
  const spec = { runDirectory: join(directory, "run"), brokers: pinnedBrokers(3), memberSlots: 1, brokerConfig: {} };
  environment = await createEnvironment({ kind: "process", reason: "process: asked for" }, spec, never);
  kafka = new Kafka({ brokers: [...environment.directBootstrap], logLevel: logLevel.NOTHING, retry });
  await createTopics({ bootstrap: environment.directBootstrap, topics, replicationFactor: 2, signal: never });
  recorder = await openRecorder(join(directory, "history"), beginClock());
  recorder.subscribe((event) => {
    if (event.kind === "log-read-again" && event.topic === "lossy") again.push(event);
  });
  tail = await startTail({
    bootstrap: environment.directBootstrap,
    topics: topics.map(({ name }) => ({ name, compacted: false })),
    record: recorder.record,
    recordFrame: recorder.recordFrame,
    signal: never,
  });
}, 120_000);

afterAll(async () => {
  await tail?.stop();
  await recorder?.close();
  await environment?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function lossy(admin: Admin) {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: ["lossy"] });
  const [partition] = found[0]?.partitions ?? [];
  if (partition === undefined) throw new Error("The topic has no partition.");
  return partition;
}

async function send(prefix: string, count: number): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  const messages = Array.from({ length: count }, (_, i): Message => ({
    key: `${prefix}-${i}`,
    value: "v",
    partition: 0,
  }));
  await producer.send({ topic: "lossy", messages });
  await producer.disconnect();
}

const positionOfTail = (): number | undefined => tail.positions().find(({ topic }) => topic === "lossy")?.position;

test("a clean change of leader leaves what was read; an unclean election loses it, and the second read says so", async () => {
  const admin = kafka.admin({ retry });
  await admin.connect();
  const { leader, replicas } = await lossy(admin);
  const idOf = (node: number | undefined): BrokerId => brokerId(`broker-${node}`);
  const other = replicas.find((node) => node !== leader);
  await send("both", 10);
  await expect.poll(positionOfTail, patience).toBe(10);

  // Clean: the follower has everything. It leads from here on.
  await environment.broker(idOf(leader)).do("crash", never);
  await expect.poll(async () => (await lossy(admin)).leader, patience).toBe(other);
  await expect.poll(() => again.length, patience).toBe(1);
  expect(again[0]).toMatchObject({ from: 0, to: 10, records: 10, gone: 0, differ: 0, differences: [], why: null });
  expect(again[0]?.after).toBe(again[0]?.before);

  // Only the second leader has these; it goes, and the first one comes back without them.
  await expect.poll(async () => (await lossy(admin)).isr, patience).toEqual([other]);
  await send("lost", 5);
  await expect.poll(positionOfTail, patience).toBe(15);
  await environment.broker(idOf(other)).do("crash", never);
  await environment.startBroker(idOf(leader), { disk: "keep" }, never);
  await expect.poll(async () => (await lossy(admin)).leader, patience).toBe(leader);
  await expect.poll(() => again.length, patience).toBe(2);
  expect(again[1]).toMatchObject({ from: 0, to: 15, records: 15, gone: 0, differ: 5, why: null });
  expect(again[1]?.differences).toEqual([10, 11, 12, 13, 14].map((offset) => ({ offset, what: "missing" })));
  expect(again[1]?.after).not.toBe(again[1]?.before);
  await admin.disconnect();
}, 180_000);
