import { until } from "../base/deadline.ts";
import { brokerConnection, type BrokerConnection } from "../base/broker-connection.ts";
import { startClusterView, type ClusterView, type MetadataResponse } from "./cluster-view.ts";
import { pause, runFetcher } from "./fetcher.ts";
import { keptFrames } from "./kept-frames.ts";
import { readingAgain, type ReadingAgain } from "./reading-again.ts";
import { settle, type Settling } from "./settling.ts";
import { fail, skipTo, type Recording, type TailedPartition } from "./tailed-partition.ts";

export interface TailOptions extends Recording {
  /** Direct addresses of brokers, `host:port`: their listener is the one that no fault touches. */
  readonly bootstrap: readonly string[];
  /** The pipeline's topics; the two internal ones are added here. */
  readonly topics: readonly TailTopic[];
  readonly signal: AbortSignal;
}
export interface TailTopic {
  readonly name: string;
  readonly compacted: boolean;
}

/** The raw tail of every log (evidence.md): no group, no isolation, positions of its own. */
export interface Tail {
  /**
   * Waits until every position equals its log's end and no transaction is open anywhere; records `tail-settled` for
   * each partition that got there, and says which did not. `openTransactions` says what the live fold of the frames
   * (audit/lag.ts) holds open: the state log's last record of a transaction comes after all its markers. It also waits
   * until every partition that got another leader has been read again.
   */
  settle(deadline: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly openTransactions: () => readonly string[];
  }): Promise<Settling>;
  positions(): readonly { readonly topic: string; readonly partition: number; readonly position: number }[];
  /** Ends the fetching; resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

const internal = ["__consumer_offsets", "__transaction_state"].map((name) => ({ name, compacted: true }));
const startTimeoutMs = 30_000;
const metadataEveryMs = 1_000;
const metadataAtMostEveryMs = 100;
/** Above the long poll; a broker that is silent for longer is looked for elsewhere. */
const requestTimeoutMs = 4_000;

/** Resolves when each topic was found and `tail-started` is recorded; reading begins at offset 0 of each partition. */
export async function startTail(options: TailOptions): Promise<Tail> {
  const { record } = options;
  const topics = [...options.topics, ...internal];
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const view = startClusterView(options.bootstrap);
  const partitions = await findPartitions(view, topics, options.signal);
  record({ kind: "tail-started", partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`) });

  const reading = readingAgain({ ...options, view, signal });
  const connections = new Map<number, BrokerConnection>();
  const loops: Promise<void>[] = [];
  let wanted = Promise.withResolvers<void>();
  const startFetchers = (): void => {
    for (const node of view.nodes()) {
      if (connections.has(node) || signal.aborted) continue;
      const connection = brokerConnection(() => view.address(node), requestTimeoutMs);
      connections.set(node, connection);
      loops.push(
        guarded(options, `fetching from broker ${node}`, () =>
          runFetcher({
            ...options,
            node,
            connection,
            signal,
            led: () => partitions.filter(({ leader, failed }) => leader === node && failed === null),
            refresh: () => wanted.resolve(),
            outOfRange: (one) => backInRange(view, one, options),
          }),
        ),
      );
    }
  };
  async function followLeaders(): Promise<void> {
    while (!signal.aborted) {
      const timer = pause(metadataEveryMs, signal);
      await Promise.race([timer, wanted.promise]);
      if (signal.aborted) return;
      wanted = Promise.withResolvers<void>();
      const response = await view.metadata(topics.map(({ name }) => name));
      if (response !== null) applyLeaders(partitions, response, options, reading);
      startFetchers();
      await pause(metadataAtMostEveryMs, signal);
    }
  }
  startFetchers();
  loops.push(guarded(options, "following the leaders", followLeaders));
  loops.push(guarded(options, "reading again", () => reading.run()));
  signal.addEventListener("abort", () => {
    for (const connection of connections.values()) connection.drop();
  });

  return {
    settle: (deadline) => settle({ view, partitions, record, secondReads: reading.pending, ...deadline }),
    positions: () => partitions.map(({ topic, partition, position }) => ({ topic, partition, position })),
    async stop() {
      stopping.abort();
      await Promise.allSettled(loops);
      view.close();
    },
  };
}

async function findPartitions(
  view: ClusterView,
  topics: readonly TailTopic[],
  signal: AbortSignal,
): Promise<readonly TailedPartition[]> {
  const names = topics.map(({ name }) => name);
  const deadline = {
    what: `the brokers to know ${names.join(", ")}`,
    timeoutMs: startTimeoutMs,
    signal,
    remedy: "Create the pipeline's topics before the tail starts, and see the brokers' logs.",
  };
  return until(deadline, async () => {
    const response = await view.metadata(names);
    const found = (response?.topics ?? []).filter(
      (topic) => topic.errorCode === 0 && topic.partitions.every(({ leaderId }) => leaderId >= 0),
    );
    if (found.length < names.length) {
      await view.wakeInternalTopics();
      return undefined;
    }
    return found.flatMap((topic) =>
      topic.partitions
        .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
        .map(({ partitionIndex, leaderId, leaderEpoch }) => ({
          topic: topic.name ?? "",
          topicId: topic.topicId,
          partition: partitionIndex,
          dense: topics.some(({ name, compacted }) => name === topic.name && !compacted),
          leader: leaderId,
          leaderEpoch,
          logStart: 0,
          position: 0,
          failed: null,
          kept: keptFrames(),
        })),
    );
  });
}

function applyLeaders(
  partitions: readonly TailedPartition[],
  response: MetadataResponse,
  { record }: Recording,
  reading: ReadingAgain,
): void {
  const answers = new Map(
    response.topics.flatMap((topic) =>
      topic.partitions.map((one) => [`${topic.name}-${one.partitionIndex}`, { ...one, topicId: topic.topicId }]),
    ),
  );
  for (const one of partitions) {
    const answer = answers.get(`${one.topic}-${one.partition}`);
    if (answer === undefined || one.failed !== null) continue;
    if (answer.topicId !== one.topicId) fail(one, "the topic was deleted and made anew", record);
    // A broker that was cut off may still tell of an older leader.
    if (answer.leaderEpoch < one.leaderEpoch || answer.leaderId < 0) continue;
    const isNew = answer.leaderEpoch > one.leaderEpoch;
    one.leader = answer.leaderId;
    one.leaderEpoch = answer.leaderEpoch;
    if (isNew) reading.leaderChanged(one);
  }
}

/** The log was cut at its start, which loses evidence; a log that ends below the position is a leader still behind. */
async function backInRange(view: ClusterView, one: TailedPartition, { record }: Recording): Promise<void> {
  const first = await view.offsets(one.leader, { partitions: [one], which: "first" });
  const start = first.get(`${one.topic}-${one.partition}`);
  if (start !== undefined && start > one.position) skipTo(one, start, record);
}

/** A loop of the tail never ends unnoticed. */
async function guarded({ record }: Recording, what: string, loop: () => Promise<void>): Promise<void> {
  try {
    await loop();
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? null) : null;
    record({ kind: "defect", what: `The tail stopped ${what}: ${String(error)}`, stack });
  }
}
