import type { Admin, Consumer, Kafka, LogEntry, Producer } from "kafkajs";
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
export function createConsumer(options: ClientOptions, group: string): Consumer {
  const { timings } = options;
  return kafka(options, timings.rebalanceTimeoutMs + 1_000).consumer({
    groupId: group,
    sessionTimeout: timings.sessionTimeoutMs,
    heartbeatInterval: timings.heartbeatIntervalMs,
    rebalanceTimeout: timings.rebalanceTimeoutMs,
    maxWaitTimeInMs: timings.maxWaitMs,
    minBytes: options.fetchMinBytes,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    retry,
  });
}

/**
 * A producer for one owner of one task. Its transactions are idempotent in any case (kafkajs gives them sequences);
 * `idempotent` would only add an InitProducerId without transactional id to each connect.
 */
export function createProducer(options: ClientOptions, transactionalId: string): Producer {
  const { timings, kafkajs } = options;
  return kafka(options, timings.requestTimeoutMs).producer({
    transactionalId,
    transactionTimeout: timings.transactionTimeoutMs,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry,
  });
}

export function createAdmin(options: ClientOptions): Admin {
  return kafka(options, options.timings.requestTimeoutMs).admin({ retry });
}

function kafka(options: ClientOptions, requestTimeoutMs: number): Kafka {
  const { kafkajs, log } = options;
  return new kafkajs.Kafka({
    clientId: options.clientId,
    brokers: [...options.bootstrap],
    connectionTimeout: options.timings.requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => log(logLine(entry)),
  });
}

function logLine({ label, namespace, log }: LogEntry): string {
  const error: unknown = log["error"];
  return `${label} ${namespace} ${log.message}${typeof error === "string" ? `: ${error}` : ""}`;
}
