import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { brokerId, memberId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { createTopics } from "../../run/cluster.ts";
import { brokersAt } from "../cluster/broker-versions.ts";
import { createEnvironment } from "../create.ts";
import { makePlace } from "./trivial-member.fixture.ts";

const one = brokerId("broker-1");
const slot = memberId("member-1");
const versions = ["3.9.1", "4.1.1", "4.1.1"];
const place = makePlace();
const patience = (): AbortSignal => AbortSignal.timeout(150_000); // the first time Kafka 3.9.1 is installed
let environment: Environment;

beforeAll(async () => {
  environment = await createEnvironment(
    { kind: "process", reason: "process: asked for" },
    {
      runDirectory: place.runDirectory,
      brokers: brokersAt(versions.map((version) => ({ version }))),
      memberSlots: 1,
      brokerConfig: { "broker.session.timeout.ms": "2000" },
    },
    patience(),
  );
}, 180_000);

afterAll(async () => {
  await environment[Symbol.asyncDispose]();
  place[Symbol.dispose]();
});

const brokerVersions = (): readonly (string | null)[] =>
  environment.brokers.map((broker) => environment.broker(broker).version);

test("brokers of 3.9 and 4.1 are one cluster, each with its own version", () => {
  expect([environment.kafka, brokerVersions()]).toEqual(["3.9.1, 4.1.1, 4.1.1", versions]);
});

test("a broker of 3.9 writes a log", () => {
  const log = readFileSync(join(place.runDirectory, "brokers", one, "log"), "utf8");
  expect(log).toContain("Kafka Server started");
  expect(log).not.toContain("log4j:WARN");
});

test("a transaction over partitions that different versions lead is read committed", async () => {
  const kafka = client();
  const mixed = { name: "mixed", partitions: 6, config: {} };
  await createTopics({
    bootstrap: environment.directBootstrap,
    topics: [mixed],
    replicationFactor: 3,
    signal: patience(),
  });
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: ["mixed"] });
  expect(new Set(topics[0]?.partitions.map(({ leader }) => leader))).toEqual(new Set([1, 2, 3]));
  await admin.disconnect();
  await commit(kafka, ["0", "1", "2", "3", "4", "5"]);
  expect(await committed(kafka, 6)).toEqual(["0", "1", "2", "3", "4", "5"]);
});

test("the broker of 3.9 is crashed, comes back on its disk as 4.1.1, and nothing committed is lost", async () => {
  await environment.broker(one).do("crash", patience());
  const after = await environment.startBroker(one, { disk: "keep", version: "4.1.1" }, patience());
  expect([after.incarnation, brokerVersions()]).toEqual([2, ["4.1.1", "4.1.1", "4.1.1"]]);
  const kafka = client();
  await commit(kafka, ["6", "7", "8", "9", "10", "11"]);
  expect(await committed(kafka, 12)).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
});

test("without another version a broker starts again at its last one", async () => {
  await environment.broker(one).do("crash", patience());
  const after = await environment.startBroker(one, { disk: "keep" }, patience());
  expect([after.incarnation, after.version]).toEqual([3, "4.1.1"]);
});

function client(): Kafka {
  return new Kafka({
    brokers: environment.brokers.map((broker) => environment.link(slot, broker).address),
    clientId: "versions-test",
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 300 },
  });
}

/** One value a partition, in one transaction. */
async function commit(kafka: Kafka, values: readonly string[]): Promise<void> {
  const producer = kafka.producer({ transactionalId: "t", idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  for (const [partition, value] of values.entries())
    await transaction.send({ topic: "mixed", messages: [{ partition, value }] });
  await transaction.commit();
  await producer.disconnect();
}

/** The topic's first `count` committed values, by a group of its own. */
async function committed(kafka: Kafka, count: number): Promise<readonly string[]> {
  const consumer = kafka.consumer({ groupId: `g-${count}`, sessionTimeout: 6_000, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: ["mixed"], fromBeginning: true });
  const seen: string[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage({ message }) {
      seen.push(String(message.value));
      if (seen.length === count) all.resolve();
      return Promise.resolve();
    },
  });
  const late = setTimeout(() => all.reject(new Error(`committed: ${seen.join(" ")}`)), 60_000);
  try {
    await all.promise;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
  return seen.toSorted((a, b) => Number(a) - Number(b));
}
