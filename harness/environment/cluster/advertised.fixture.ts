import { Kafka, logLevel } from "kafkajs";

/** Asks one address for the cluster's brokers. */
export async function advertisedBy(address: string, retries = 20): Promise<readonly string[]> {
  const kafka = new Kafka({
    brokers: [address],
    clientId: "environment-test",
    logLevel: logLevel.NOTHING,
    connectionTimeout: 10_000,
    requestTimeout: 20_000,
    retry: { retries, initialRetryTime: 50, maxRetryTime: 300 },
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { brokers } = await admin.describeCluster();
    return brokers.toSorted((a, b) => a.nodeId - b.nodeId).map(({ host, port }) => `${host}:${port}`);
  } finally {
    await admin.disconnect();
  }
}
