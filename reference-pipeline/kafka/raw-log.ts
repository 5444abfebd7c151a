import { Connection, fetchV17, listOffsetsV9, metadataV12, type RecordsBatch } from "@platformatic/kafka";

export type { RecordsBatch };

export interface RawLogOptions {
  readonly bootstrap: readonly string[];
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}

interface Place {
  readonly topicId: string;
  readonly leader: number;
}

export interface FetchedLog {
  readonly highWatermark: number;
  readonly batches: readonly RecordsBatch[];
}

const earliestTimestamp = -2n;
const latestTimestamp = -1n;
const partitionMaxBytes = 1_048_576;

/**
 * Kafka's partitions as they are, read without a group from their leaders (calls of @platformatic/kafka). Every call is one
 * attempt: on any error what is known of the cluster is forgotten, and the caller tries again with patience.
 */
export class RawLog implements Disposable {
  readonly #options: RawLogOptions;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #brokers = new Map<number, string>();
  readonly #places = new Map<string, Place>();
  #seed = 0;

  constructor(options: RawLogOptions) {
    this.#options = options;
  }

  /** First offset that the log still holds. */
  async logStart(topic: string, partition: number): Promise<number> {
    return await this.#listOffset(topic, partition, earliestTimestamp);
  }

  async highWatermark(topic: string, partition: number): Promise<number> {
    return await this.#listOffset(topic, partition, latestTimestamp);
  }

  /** Whole record batches from the one that holds `from` on, aborted ones and markers among them; none at the log's end. */
  async fetch(topic: string, partition: number, from: number, maxWaitMs: number): Promise<FetchedLog> {
    return await this.#atLeader(topic, partition, async (connection, place) => {
      const wanted = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(from),
        lastFetchedEpoch: -1,
        partitionMaxBytes,
      };
      const topics = [{ topicId: place.topicId, partitions: [wanted] }];
      const answer = await fetchV17.api.async(connection, maxWaitMs, 1, partitionMaxBytes, 0, 0, -1, topics, [], "");
      const found = answer.responses[0]?.partitions[0];
      if (found === undefined) throw new Error(`The fetch of ${topic}-${partition} came back empty.`);
      return { highWatermark: Number(found.highWatermark), batches: found.records ?? [] };
    });
  }

  async #listOffset(topic: string, partition: number, timestamp: bigint): Promise<number> {
    return await this.#atLeader(topic, partition, async (connection) => {
      const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }];
      const answer = await listOffsetsV9.api.async(connection, -1, 0, [{ name: topic, partitions }]);
      const found = answer.topics[0]?.partitions[0];
      if (found === undefined) throw new Error(`The offsets of ${topic}-${partition} came back empty.`);
      return Number(found.offset);
    });
  }

  async #atLeader<T>(
    topic: string,
    partition: number,
    ask: (connection: Connection, place: Place) => Promise<T>,
  ): Promise<T> {
    const name = `${topic}-${partition}`;
    let address: string | null = null;
    try {
      const place = this.#places.get(name) ?? (await this.#locate(topic, partition));
      address = this.#brokers.get(place.leader) ?? null;
      if (address === null) throw new Error(`The leader of ${name} is not among the known brokers.`);
      return await ask(await this.#connect(address), place);
    } catch (error) {
      this.#places.delete(name);
      if (address !== null) this.#drop(address);
      throw error;
    }
  }

  /** Asks the next seed broker where every partition of the topic is led. */
  async #locate(topic: string, partition: number): Promise<Place> {
    const { bootstrap } = this.#options;
    const seed = bootstrap[this.#seed % bootstrap.length] ?? "";
    try {
      const metadata = await metadataV12.api.async(await this.#connect(seed), [topic], false, false);
      for (const broker of metadata.brokers) this.#brokers.set(broker.nodeId, `${broker.host}:${broker.port}`);
      for (const found of metadata.topics[0]?.partitions ?? [])
        this.#places.set(`${topic}-${found.partitionIndex}`, {
          topicId: metadata.topics[0]?.topicId ?? "",
          leader: found.leaderId,
        });
    } catch (error) {
      this.#drop(seed);
      this.#seed += 1;
      throw error;
    }
    const place = this.#places.get(`${topic}-${partition}`);
    if (place === undefined) throw new Error(`Kafka knows no partition ${topic}-${partition}.`);
    return place;
  }

  #connect(address: string): Promise<Connection> {
    const known = this.#connections.get(address);
    if (known !== undefined) return known;
    const { clientId, requestTimeoutMs } = this.#options;
    const connection = new Connection(clientId, { connectTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs });
    // An error of an idle connection has no request to reject; without a listener it would end the process.
    connection.on("error", () => this.#drop(address));
    connection.on("close", () => this.#connections.delete(address));
    const { host, port } = splitAddress(address);
    const connected = Promise.resolve(connection.connect(host, port)).then(() => connection);
    this.#connections.set(address, connected);
    return connected;
  }

  #drop(address: string): void {
    const known = this.#connections.get(address);
    this.#connections.delete(address);
    known?.then(
      (connection) => connection.close(() => undefined),
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    for (const address of this.#connections.keys()) this.#drop(address);
  }
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}
