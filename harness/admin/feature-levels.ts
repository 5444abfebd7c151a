import { apiVersionsV4 } from "@platformatic/kafka";
import type { FeatureLevels } from "../model/kafka-features.ts";
import { brokerConnection, parseAddress } from "../base/broker-connection.ts";

const requestTimeoutMs = 2_000;
const [softwareName, softwareVersion] = ["rollproof", "0"];

/** The finalised levels of Kafka's features as the broker at `host:port` answers ApiVersions; null: it does not answer. */
export async function finalisedLevels(bootstrap: string): Promise<FeatureLevels | null> {
  const connection = brokerConnection(() => parseAddress(bootstrap), requestTimeoutMs);
  const called = await connection.call((open) => apiVersionsV4.api.async(open, softwareName, softwareVersion));
  connection.drop();
  if (called.kind !== "answered") return null;
  const finalised = called.value.finalizedFeatures ?? [];
  return Object.fromEntries(finalised.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
}
