import { findCoordinatorV6, listOffsetsV9, metadataV12 } from "@platformatic/kafka";
import { brokerConnection, parseAddress, type Address, type BrokerConnection } from "../base/broker-connection.ts";

export type MetadataResponse = metadataV12.MetadataResponse;

/** What the cluster says of itself, asked over connections of its own so that no long poll stands in the way. */
export interface ClusterView {
  /** The first broker that answers; null when none does. */
  metadata(topics: readonly string[]): Promise<MetadataResponse | null>;
  /** Offsets of partitions that one broker leads; what it does not answer is absent. */
  offsets(node: number, ask: OffsetsQuestion): Promise<ReadonlyMap<string, number>>;
  /** Asks for a coordinator of each kind: the brokers make their internal topics when first asked. */
  wakeInternalTopics(): Promise<void>;
  address(node: number): Address;
  nodes(): readonly number[];
  close(): void;
}

export interface OffsetsQuestion {
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
  /** first, the high watermark, or the last stable offset. */
  readonly which: "first" | "high-watermark" | "last-stable";
}

const requestTimeoutMs = 2_000;
/** FindCoordinator's key types: of a group, of a transactional id. */
const coordinatorKinds = [0, 1];
/** Special timestamps of ListOffsets. Source: ListOffsetsRequest of Kafka 4.1. */
const [latest, earliest] = [-1n, -2n];

export function startClusterView(bootstrap: readonly string[]): ClusterView {
  const addresses = new Map<number, Address>();
  const known = new Map<string, BrokerConnection>();
  let preferred = 0;

  function at(address: Address): BrokerConnection {
    const key = `${address.host}:${address.port}`;
    const connection = known.get(key) ?? brokerConnection(() => address, requestTimeoutMs);
    known.set(key, connection);
    return connection;
  }
  function address(node: number): Address {
    const found = addresses.get(node);
    if (found === undefined) throw new Error(`Broker ${node} is not in the cluster's metadata.`);
    return found;
  }
  return {
    address,
    async wakeInternalTopics() {
      const [first] = bootstrap.map(parseAddress);
      if (first === undefined) return;
      for (const kind of coordinatorKinds)
        await at(first).call((connection) => findCoordinatorV6.api.async(connection, kind, ["rollproof-wake"]));
    },
    nodes: () => [...addresses.keys()],
    async metadata(topics) {
      const candidates = [...bootstrap.map(parseAddress), ...addresses.values()];
      for (let tried = 0; tried < candidates.length; tried += 1) {
        const candidate = candidates[(preferred + tried) % candidates.length];
        if (candidate === undefined) continue;
        const called = await at(candidate).call((connection) =>
          metadataV12.api.async(connection, [...topics], false, false),
        );
        const response = called.kind === "answered" ? called.value : metadataIn(called);
        if (response === null) continue;
        preferred = (preferred + tried) % candidates.length;
        for (const { nodeId, host, port } of response.brokers) addresses.set(nodeId, { host, port });
        return response;
      }
      return null;
    },
    offsets: async (node, question) => await askOffsets(at(address(node)), question),
    close() {
      for (const connection of known.values()) connection.drop();
    },
  };
}

async function askOffsets(
  broker: BrokerConnection,
  { partitions, which }: OffsetsQuestion,
): Promise<ReadonlyMap<string, number>> {
  const timestamp = which === "first" ? earliest : latest;
  const isolation = which === "last-stable" ? 1 : 0;
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, own]) => ({
    name,
    partitions: own.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })),
  }));
  const called = await broker.call((connection) => listOffsetsV9.api.async(connection, -1, isolation, topics));
  const found = new Map<string, number>();
  if (called.kind !== "answered") return found;
  for (const { name, partitions: answers } of called.value.topics)
    for (const { partitionIndex, errorCode, offset } of answers)
      if (errorCode === 0) found.set(`${name}-${partitionIndex}`, Number(offset));
  return found;
}

/** A topic that does not exist yet is an error to the library; the rest of the answer is good. */
function metadataIn(called: { readonly kind: string; readonly response?: unknown }): MetadataResponse | null {
  return isMetadata(called.response) ? called.response : null;
}

function isMetadata(value: unknown): value is MetadataResponse {
  return (
    typeof value === "object" &&
    value !== null &&
    "topics" in value &&
    Array.isArray(value.topics) &&
    "brokers" in value &&
    Array.isArray(value.brokers)
  );
}
