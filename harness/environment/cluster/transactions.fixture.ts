import { Kafka, logLevel } from "kafkajs";
import { memberId } from "../../model/brand.ts";
import type { Environment } from "../../model/environment.ts";
import { createTopics } from "../../admin/topics.ts";

/** A topic of a test, each partition replicated to every broker. */
export interface TestTopic {
  /** Node ids of the partitions' leaders now, sorted. */
  leaders(): Promise<readonly number[]>;
  /** One value a partition, the first to partition 0, in one transaction. */
  commit(values: readonly string[]): Promise<void>;
  /** The topic's first `count` committed values, sorted as numbers, by a group of its own. */
  committed(count: number): Promise<readonly string[]>;
}

const committedMsMax = 60_000;

/** Makes the topic, and goes to the brokers by the links of `member-1`. */
export async function makeTopic(
  environment: Environment,
  topic: { readonly name: string; readonly partitions: number },
  signal: AbortSignal,
): Promise<TestTopic> {
  const { brokers, directBootstrap: bootstrap } = environment;
  await createTopics({ bootstrap, topics: [{ ...topic, config: {} }], replicationFactor: brokers.length, signal });
  const kafka = new Kafka({
    brokers: brokers.map((broker) => environment.link(memberId("member-1"), broker).address),
    clientId: "transactions-test",
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 300 },
  });
  return {
    leaders: () => leadersOf(kafka, topic.name),
    async commit(values) {
      const producer = kafka.producer({ transactionalId: "t", idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      const transaction = await producer.transaction();
      for (const [partition, value] of values.entries())
        await transaction.send({ topic: topic.name, messages: [{ partition, value }] });
      await transaction.commit();
      await producer.disconnect();
    },
    committed: (count) => committed(kafka, topic.name, count),
  };
}

async function leadersOf(kafka: Kafka, topic: string): Promise<readonly number[]> {
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  return [...new Set(topics[0]?.partitions.map(({ leader }) => leader))].toSorted((a, b) => a - b);
}

async function committed(kafka: Kafka, topic: string, count: number): Promise<readonly string[]> {
  const consumer = kafka.consumer({ groupId: `g-${count}`, sessionTimeout: 6_000, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen: string[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage({ message }) {
      seen.push(String(message.value));
      if (seen.length === count) all.resolve();
      return Promise.resolve();
    },
  });
  const late = setTimeout(() => all.reject(new Error(`committed: ${seen.join(" ")}`)), committedMsMax);
  try {
    await all.promise;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
  }
  return seen.toSorted((a, b) => Number(a) - Number(b));
}
