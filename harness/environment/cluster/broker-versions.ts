import { RollproofError } from "../../base/errors.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import type { BrokerSpec } from "../../model/environment.ts";
import { kafkaLineOf, type KafkaLine } from "../../model/kafka-version.ts";

/** The version of brokers for which nobody names another. */
export const pinnedKafka: string = pinned.kafka;

/** Brokers of the pinned version. */
export function pinnedBrokers(count: number): readonly BrokerSpec[] {
  return brokersAt(Array.from({ length: count }, () => ({ version: null })));
}

/** Brokers as a scenario names them: null becomes the pinned version. */
export function brokersAt(brokers: readonly { readonly version: string | null }[]): readonly BrokerSpec[] {
  return brokers.map(({ version }) => ({ version: version ?? pinnedKafka }));
}

/** The version's line. Throws `usage` for a version of no line that can be started. */
export function lineOf(version: string): KafkaLine {
  const line = kafkaLineOf(version);
  if (line !== null) return line;
  throw new RollproofError("usage", `There is no way to start a broker of Kafka ${version}.`, {
    remedy: "Ask for 3.9.N or 4.1.N.",
  });
}

/** The oldest version among the brokers: all of them support what it supports. */
export function oldestVersion(brokers: readonly BrokerSpec[]): string {
  const numbered = brokers.map(({ version }) => ({ version, parts: version.split(".").map(Number) }));
  const [oldest] = numbered.toSorted((a, b) => a.parts.map((part, i) => part - (b.parts[i] ?? 0)).find(Boolean) ?? 0);
  if (oldest === undefined)
    throw new RollproofError("usage", "A cluster has at least one broker.", { remedy: "Ask for one." });
  return oldest.version;
}

/**
 * The line whose metadata version a cluster of these brokers speaks: the oldest one. A broker of an older line than that cannot
 * join, on its first start or on a later one.
 */
export function metadataLine(brokers: readonly BrokerSpec[]): KafkaLine {
  return brokers.some(({ version }) => lineOf(version) === "3.9") ? "3.9" : "4.1";
}

/** Throws `usage` where a broker of this version cannot join a cluster that began with `brokers`. */
export function refuseIfTooOld(version: string, brokers: readonly BrokerSpec[]): void {
  if (lineOf(version) >= metadataLine(brokers)) return;
  throw new RollproofError("usage", `Kafka ${version} cannot join a cluster that began with 4.1 brokers alone.`, {
    remedy: "Begin with a broker of 3.9 among them: the cluster's metadata version is then 3.9's.",
  });
}
