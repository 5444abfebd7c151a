import { createRequire } from "node:module";
import type * as Kafkajs from "kafkajs";
import { filterAbortedMessages } from "./abort-filter.ts";

const pinnedVersion = "2.2.4";
const filterPath = "kafkajs/src/consumer/filterAbortedMessages";
const nodeRequire = createRequire(import.meta.url);

export type KafkajsModule = typeof Kafkajs;
export type AbortFilter = "exact" | "kafkajs's own";

/**
 * Loads kafkajs once per process with the filter of aborted records that is asked for. `exact` puts ours in place of
 * kafkajs's, which leaks (abort-filter.ts). Throws where the pinned version is not the installed one, or where kafkajs
 * was loaded before and would go on with another filter.
 */
export function loadKafkajs(filter: AbortFilter): KafkajsModule {
  const installed: unknown = nodeRequire("kafkajs/package.json");
  if (!hasVersion(installed) || installed.version !== pinnedVersion)
    throw new Error(
      `The driver replaces an inner module of kafkajs ${pinnedVersion}, which is not the one installed. Install ${pinnedVersion}, or check the replacement against the other version.`,
    );
  if (filter === "exact") replaceFilter();
  quickenRetries();
  const loaded: KafkajsModule = nodeRequire("kafkajs");
  const used = leaks() ? "kafkajs's own" : "exact";
  if (used !== filter)
    throw new Error(
      `kafkajs runs with the abort filter "${used}" and not with "${filter}": something loaded it before the driver did. Load it through load-kafkajs.ts only.`,
    );
  return loaded;
}

function replaceFilter(): void {
  const path = nodeRequire.resolve(filterPath);
  nodeRequire(path);
  const cached = nodeRequire.cache[path];
  if (cached === undefined) throw new Error(`${filterPath} did not enter the module cache: cannot replace it.`);
  cached.exports = filterAbortedMessages;
}

/**
 * The transactional calls (InitProducerId, TxnOffsetCommit) take their retries from `cluster.retry`, which 2.2.4 never sets:
 * they always run with the defaults, 5 tries from 300 ms on. A rolling upgrade needs more and quicker ones.
 */
function quickenRetries(): void {
  for (const path of ["kafkajs/src/retry/defaults", "kafkajs/src/retry/defaults.test"]) {
    const defaults: unknown = nodeRequire(path);
    if (typeof defaults !== "object" || defaults === null || !("initialRetryTime" in defaults))
      throw new Error(`${path} is not what the driver knows.`);
    Object.assign(defaults, { initialRetryTime: 10, maxRetryTime: 200, retries: 30 });
  }
}

/** Asks kafkajs's own Batch, which all consumers go through, for the usual leak: two aborted transactions, listed by completion. */
function leaks(): boolean {
  const Batch: unknown = nodeRequire("kafkajs/src/consumer/batch");
  if (!isBatchClass(Batch)) throw new Error("kafkajs/src/consumer/batch is not the class that the driver knows.");
  const message = (offset: string, producerId: string): unknown => ({
    offset,
    key: Buffer.from("k"),
    isControlRecord: false,
    batchContext: { producerId, inTransaction: true },
  });
  const batch = new Batch("probe", "0", {
    partition: 0,
    highWatermark: "2",
    messages: [message("0", "10"), message("1", "11")],
    abortedTransactions: [
      { producerId: "11", firstOffset: "1" },
      { producerId: "10", firstOffset: "0" },
    ],
  });
  return batch.messages.length > 0;
}

type BatchClass = new (topic: string, fetchedOffset: string, partition: object) => { readonly messages: unknown[] };

function isBatchClass(value: unknown): value is BatchClass {
  return typeof value === "function" && value.name === "Batch";
}

function hasVersion(value: unknown): value is { readonly version: string } {
  return typeof value === "object" && value !== null && "version" in value && typeof value.version === "string";
}
