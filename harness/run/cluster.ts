import { Kafka, logLevel, type Admin } from "kafkajs";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import type { EventBody } from "../model/event.ts";
import type { PipelineDescription, TopicSpec } from "../model/pipeline.ts";

const coordinatorMs = 30_000;
const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 50 };

/** The harness's own client on the direct listeners; no fault travels these links. */
export function harnessClient(bootstrap: readonly string[]): Kafka {
  return new Kafka({
    clientId: "rollproof-harness",
    brokers: [...bootstrap],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry,
  });
}

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
        timeoutMs: coordinatorMs,
        signal,
        remedy: "Read brokers/*/log in the run directory.",
      },
      async () => await hasLeaders(admin, topics).catch(whileItMoves),
    );
  });
}

/**
 * Makes Kafka's internal topics exist before load: find-coordinator for every group and transactional id, one empty
 * transaction. Without it the first sendOffsets of the pipeline fails hard (ground.md, kafkajs).
 */
export async function warmUp(options: {
  readonly kafka: Kafka;
  readonly description: PipelineDescription;
  readonly signal: AbortSignal;
}): Promise<void> {
  const producer = options.kafka.producer({
    transactionalId: "rollproof-warm-up",
    idempotent: true,
    maxInFlightRequests: 1,
    retry,
  });
  await Promise.all([
    withAdmin(options.kafka, async (admin) => {
      for (const { group } of options.description.stages)
        await until(
          {
            what: `a coordinator for the group ${group}`,
            timeoutMs: coordinatorMs,
            signal: options.signal,
            remedy: "Read brokers/*/log in the run directory.",
          },
          async () => await admin.fetchOffsets({ groupId: group }).catch(whileItMoves),
        );
    }),
    (async () => {
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.abort();
      await producer.disconnect();
    })(),
  ]);
}

/** true, or undefined as long as a partition has no leader. */
async function hasLeaders(admin: Admin, topics: readonly TopicSpec[]): Promise<true | undefined> {
  const led = await ledPartitions(
    admin,
    topics.map(({ name }) => name),
  );
  return led.length === topics.reduce((sum, { partitions }) => sum + partitions, 0) ? true : undefined;
}

/**
 * A fresh topic is unknown to some brokers for a moment, and a fresh offsets topic's coordinator answers NOT_COORDINATOR until it
 * has loaded; kafkajs does not ask again.
 */
function whileItMoves(error: unknown): undefined {
  if (error instanceof Error && "retriable" in error && error.retriable === true) return undefined;
  throw error;
}

/** Writes a flag's state to the pipeline's flags topic; only the coordinator does (design §6). */
export async function writeFlag(options: {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly flag: string;
  readonly state: "prepared" | "active";
  readonly epoch: number;
}): Promise<void> {
  const producer = options.kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry });
  await producer.connect();
  try {
    const { flag, state, epoch } = options;
    await producer.send({
      topic: options.topic,
      acks: -1,
      messages: [{ key: flag, value: JSON.stringify({ flag, state, epoch }), partition: 0 }],
    });
  } finally {
    await producer.disconnect();
  }
}

/** Committed offsets as the group's coordinator answers; null: none. */
export async function fetchedOffsets(
  kafka: Kafka,
  description: PipelineDescription,
): Promise<readonly EventBody<"offset-fetched">[]> {
  return await withAdmin(kafka, async (admin) => {
    const fetched: EventBody<"offset-fetched">[] = [];
    for (const { group, source } of description.stages)
      for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [source] }))
        for (const { partition, offset } of partitions) {
          const nextOffset = Number(offset) < 0 ? null : Number(offset);
          fetched.push({ kind: "offset-fetched", group, topic, partition, nextOffset });
        }
    return fetched;
  });
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

async function withAdmin<T>(kafka: Kafka, body: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry });
  await admin.connect();
  try {
    return await body(admin);
  } finally {
    await admin.disconnect();
  }
}
