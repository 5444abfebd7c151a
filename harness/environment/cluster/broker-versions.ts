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

/**
 * `bootstrap.checkpoint` of metadata.version 3.9-IV0: the 249 bytes that `kafka.tools.StorageTool format --release-version 3.9` of
 * 3.9.1 writes into a log directory. 4.1.1's tool writes the same but for the time stamps; no id of node or cluster is in it.
 */
const checkpointOf39 = Buffer.from(
  [
    "AAAAAAAAAAAAAABHAAAAAAK2CEuRACAAAAAAAAABof5705YAAAGh/nvTlv//////////////////AAAAASoAAAAIAAAAAxYAAAAAAAAAAAAAAAAA",
    "AAAAAAAAAQAAAE8AAAAAAryw2H4AAAAAAAAAAAGh/nvTrgAAAaH+e9Ou//////////////////8AAAABOgAAAAEuAQwAEW1ldGFkYXRhLnZlcnNp",
    "b24AFQAAAAAAAAAAAAIAAAA/AAAAAAK13GL5ACAAAAAAAAABof57064AAAGh/nvTrv//////////////////AAAAARoAAAAIAAAABAYAAAAA",
  ].join(""),
  "base64",
);

/** What lies as bootstrap.checkpoint in every broker's log directory; null: nothing, each line begins with its own. */
export function bootstrapCheckpoint(brokers: readonly BrokerSpec[]): Uint8Array | null {
  return metadataLine(brokers) === "3.9" ? checkpointOf39 : null;
}
