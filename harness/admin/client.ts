import { Kafka, logLevel, type Admin } from "kafkajs";

/** Of every client here: a fresh cluster answers with retriable errors for a while. */
export const retry = { initialRetryTime: 20, maxRetryTime: 200, retries: 50 };
/** What a fresh cluster may take to name leaders and coordinators. */
export const settleMs = 30_000;

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

/** An admin client for as long as `body` runs. */
export async function withAdmin<T>(kafka: Kafka, body: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin({ retry });
  await admin.connect();
  try {
    return await body(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * A fresh topic is unknown to some brokers for a moment, and a fresh offsets topic's coordinator answers NOT_COORDINATOR until it
 * has loaded; kafkajs does not ask again.
 */
export function whileItMoves(error: unknown): undefined {
  if (error instanceof Error && "retriable" in error && error.retriable === true) return undefined;
  throw error;
}
