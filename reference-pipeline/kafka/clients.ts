import { connect, Socket } from "node:net";
import type { Admin, Consumer, ISocketFactory, Kafka, LogEntry, Producer } from "kafkajs";
import type { MemberConfig } from "./config.ts";
import type { KafkajsModule } from "./load-kafkajs.ts";
import type { Log } from "./log.ts";

/**
 * Always given, at every level: kafkajs's own default is 5 tries in about 10 s, shorter than a broker's roll, with pauses
 * that make a transaction take 300 ms.
 */
const retry = { initialRetryTime: 5, maxRetryTime: 100, retries: 50 } as const;

export interface ClientOptions {
  readonly kafkajs: KafkajsModule;
  readonly bootstrap: readonly string[];
  /** The member's id: the same living members then get the same assignment. */
  readonly clientId: string;
  readonly timings: MemberConfig["timings"];
  readonly fetchMinBytes: number;
  readonly log: Log;
}

/**
 * A consumer with a `Kafka` object of its own: sendOffsets marks offsets in a map that all clients of one `Kafka` share.
 * Its request time-out covers a JoinGroup, which waits for the slowest member.
 */
export function createConsumer(options: ClientOptions, group: string, readUncommitted: boolean): Consumer {
  const { timings } = options;
  return kafka(options, timings.rebalanceTimeoutMs + 1_000).consumer({
    groupId: group,
    sessionTimeout: timings.sessionTimeoutMs,
    heartbeatInterval: timings.heartbeatIntervalMs,
    rebalanceTimeout: timings.rebalanceTimeoutMs,
    maxWaitTimeInMs: timings.maxWaitMs,
    minBytes: options.fetchMinBytes,
    allowAutoTopicCreation: false,
    readUncommitted,
    retry,
  });
}

/** A producer, and the switch that ends it: no byte leaves it afterwards. */
export interface OwnedProducer {
  readonly producer: Producer;
  readonly cutOff: () => void;
}

/**
 * A producer for one owner of one task. Its transactions are idempotent in any case (kafkajs gives them sequences);
 * `idempotent` would only add an InitProducerId without transactional id to each connect.
 */
export function createProducer(options: ClientOptions, transactionalId: string): OwnedProducer {
  const { timings, kafkajs } = options;
  const { socketFactory, cutOff } = sockets();
  const producer = kafka(options, timings.requestTimeoutMs, socketFactory).producer({
    transactionalId,
    transactionTimeout: timings.transactionTimeoutMs,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry,
  });
  return { producer, cutOff };
}

/** A producer without transactions, which only broken pipelines use. */
export function createPlainProducer(options: ClientOptions): OwnedProducer {
  const { timings, kafkajs } = options;
  const { socketFactory, cutOff } = sockets();
  const producer = kafka(options, timings.requestTimeoutMs, socketFactory).producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry,
  });
  return { producer, cutOff };
}

/**
 * kafkajs goes on with its retries after `disconnect`, on new connections: an InitProducerId of an owner that was superseded
 * would, seconds later, fence the one that came after it. So its sockets are ours to end.
 */
function sockets(): { readonly socketFactory: ISocketFactory; readonly cutOff: () => void } {
  const open = new Set<Socket>();
  let isCutOff = false;
  return {
    socketFactory: ({ host, port, onConnect }) => {
      const socket = isCutOff ? new Socket() : connect({ host, port }, onConnect);
      if (isCutOff) setImmediate(() => socket.destroy(new Error("This producer was cut off.")));
      socket.setKeepAlive(true, 60_000);
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      return socket;
    },
    cutOff: () => {
      isCutOff = true;
      for (const socket of open) socket.destroy(new Error("This producer was cut off."));
    },
  };
}

export function createAdmin(options: ClientOptions): Admin {
  return kafka(options, options.timings.requestTimeoutMs).admin({ retry });
}

interface Deletion {
  readonly topic: string;
  readonly partition: number;
  /** The log then begins here. */
  readonly below: number;
}

/** By a client of its own, which is closed afterwards. */
export async function deleteRecords(admin: Admin, { topic, partition, below }: Deletion): Promise<void> {
  await admin.connect();
  try {
    // kafkajs looks for the partition's leader before it knows the topic: whatever asks for the topic first makes it known.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(below) }] });
  } finally {
    await admin.disconnect();
  }
}

function kafka(options: ClientOptions, requestTimeoutMs: number, socketFactory?: ISocketFactory): Kafka {
  const { kafkajs, log } = options;
  return new kafkajs.Kafka({
    clientId: options.clientId,
    brokers: [...options.bootstrap],
    connectionTimeout: options.timings.requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    ...(socketFactory === undefined ? {} : { socketFactory }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => log(logLine(entry)),
  });
}

function logLine({ label, namespace, log }: LogEntry): string {
  const error: unknown = log["error"];
  return `${label} ${namespace} ${log.message}${typeof error === "string" ? `: ${error}` : ""}`;
}
