import type { Admin, Kafka } from "kafkajs";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import type { TopicSpec } from "../model/pipeline.ts";
import { harnessClient, settleMs, whileItMoves, withAdmin } from "./client.ts";

/** Creates the topics; resolves when every broker knows a leader of each partition. */
export async function createTopics(options: {
  /** Every broker's. */
  readonly bootstrap: readonly string[];
  readonly topics: readonly TopicSpec[];
  readonly replicationFactor: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { bootstrap, topics, replicationFactor, signal } = options;
  await withAdmin(harnessClient(bootstrap), async (admin) => {
    const created = await admin.createTopics({
      waitForLeaders: false, // kafkajs gives up where a broker has not heard of the topic yet
      topics: topics.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor,
        configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
      })),
    });
    if (!created)
      throw new RollproofError("environment-unavailable", "The fresh cluster already has one of these topics.", {
        remedy: "Run `rollproof clean`; another process seems to use this cluster's ports.",
      });
  });
  await Promise.all(bootstrap.map(async (address) => await untilLed(address, topics, signal)));
}

/** Until the broker at this address knows a leader of each partition: kafkajs asks the only one it was given first. */
async function untilLed(address: string, topics: readonly TopicSpec[], signal: AbortSignal): Promise<void> {
  await withAdmin(harnessClient([address]), async (admin) => {
    await until(
      {
        what: `a leader for every partition of the new topics, as the broker at ${address} knows it`,
        timeoutMs: settleMs,
        signal,
        remedy: "Read brokers/*/log in the run directory.",
      },
      async () => await hasLeaders(admin, topics).catch(whileItMoves),
    );
  });
}

/** true, or undefined as long as a partition has no leader. */
async function hasLeaders(admin: Admin, topics: readonly TopicSpec[]): Promise<true | undefined> {
  const led = await ledPartitions(
    admin,
    topics.map(({ name }) => name),
  );
  return led.length === topics.reduce((sum, { partitions }) => sum + partitions, 0) ? true : undefined;
}

/** Leaders of the topics' partitions as broker numbers; partitions without one are left out. */
export async function leaders(kafka: Kafka, topics: readonly string[]): Promise<readonly LedPartition[]> {
  return await withAdmin(kafka, async (admin) => await ledPartitions(admin, topics));
}

interface LedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
}

async function ledPartitions(admin: Admin, topics: readonly string[]): Promise<readonly LedPartition[]> {
  const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
  return metadata.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ leader }) => leader >= 0)
      .map(({ partitionId, leader }) => ({ topic: name, partition: partitionId, leader })),
  );
}
