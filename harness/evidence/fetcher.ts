import { setTimeout as sleep } from "node:timers/promises";
import { fetchV17 } from "@platformatic/kafka";
import type { BrokerConnection } from "../base/broker-connection.ts";
import { fail, takeBatches, type Recording, type TailedPartition } from "./tailed-partition.ts";

const maxWaitMs = 100;
const maxBytes = 16 * 1024 * 1024;
const partitionMaxBytes = 1024 * 1024;
const pauseMs = 50;
/** Kafka's error codes. Source: org.apache.kafka.common.protocol.Errors. */
export const offsetOutOfRange = 1;

export interface FetcherOptions extends Recording {
  readonly node: number;
  readonly connection: BrokerConnection;
  /** The partitions that this broker leads now. */
  readonly led: () => readonly TailedPartition[];
  /** Metadata is stale: somebody answered with an error. */
  readonly refresh: () => void;
  readonly outOfRange: (partition: TailedPartition) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Fetches without a session from one broker until the signal: own positions, isolation level 0. */
export async function runFetcher(options: FetcherOptions): Promise<void> {
  const { connection, led, refresh, signal } = options;
  let turn = 0;
  while (!signal.aborted) {
    const own = led();
    if (own.length === 0) {
      await pause(maxWaitMs, signal);
      continue;
    }
    // The broker fills its answer in the order asked: begin with another partition each time.
    turn = (turn + 1) % own.length;
    const asked = [...own.slice(turn), ...own.slice(0, turn)];
    const well = await fetchOnce(options, asked);
    if (well) continue;
    if (signal.aborted) return;
    refresh();
    await pause(pauseMs, signal);
  }
  connection.drop();
}

/** False when something was wrong with the answer, so that the next one should wait for better metadata. */
async function fetchOnce(options: FetcherOptions, asked: readonly TailedPartition[]): Promise<boolean> {
  const { connection, record } = options;
  const positions = new Map(asked.map((one) => [one, one.position]));
  const called = await connection.call((live) =>
    fetchV17.api.async(live, maxWaitMs, 1, maxBytes, 0, 0, -1, requestOf(asked), [], ""),
  );
  if (called.kind === "unreachable" || options.signal.aborted) return false;
  if (called.kind === "undecodable") {
    const [only, ...others] = asked;
    if (only !== undefined && others.length === 0) fail(only, called.why, record);
    // Which partition it is shows when each is asked alone.
    else for (const one of asked) await fetchOnce(options, [one]);
    return true;
  }
  const response = called.kind === "answered" ? called.value : called.response;
  if (!isFetchResponse(response)) return false;
  const byId = new Map(asked.map((one) => [`${one.topicId}/${one.partition}`, one]));
  let well = response.errorCode === 0;
  for (const topic of response.responses)
    for (const answer of topic.partitions) {
      const one = byId.get(`${topic.topicId}/${answer.partitionIndex}`);
      if (one === undefined || one.position !== positions.get(one) || one.leader !== options.node) continue;
      well = (await take(options, one, answer)) && well;
    }
  return well;
}

async function take(
  options: FetcherOptions,
  one: TailedPartition,
  answer: fetchV17.FetchResponsePartition,
): Promise<boolean> {
  if (answer.errorCode === 0) {
    takeBatches(one, { ...answer, records: answer.records ?? [] }, options);
    return true;
  }
  if (answer.errorCode === offsetOutOfRange) await options.outOfRange(one);
  return false;
}

function requestOf(asked: readonly TailedPartition[]): fetchV17.FetchRequestTopic[] {
  return [...Map.groupBy(asked, ({ topicId }) => topicId)].map(([topicId, own]) => ({
    topicId,
    partitions: own.map(({ partition, position }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(position),
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    })),
  }));
}

export function isFetchResponse(value: unknown): value is fetchV17.FetchResponse {
  return typeof value === "object" && value !== null && "responses" in value && Array.isArray(value.responses);
}

/** A pause that the signal ends early, without an error: the loop looks at the signal itself. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
