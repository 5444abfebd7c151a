import type { ProfileTimings } from "../model/profile.ts";

/** What templates in a launch stand for besides the contract variables: of one version in one run. */
export interface LaunchPlace {
  /** Absolute path of the pipeline's folder. */
  readonly folder: string;
  /** Absolute path of the folder that holds the jars of the Kafka that the harness runs on. */
  readonly kafkaLibs: string;
  readonly version: string;
  readonly mutant: string | null;
  /** Partitions of a topic whose number the scenario gives. */
  readonly partitions: number;
  readonly timings: ProfileTimings;
}

const values: Readonly<Record<string, (place: LaunchPlace) => string>> = {
  PIPELINE: ({ folder }) => folder,
  KAFKA_LIBS: ({ kafkaLibs }) => kafkaLibs,
  VERSION: ({ version }) => version,
  MUTANT: ({ mutant }) => mutant ?? "",
  PARTITIONS: ({ partitions }) => String(partitions),
  SESSION_TIMEOUT_MS: ({ timings }) => String(timings.sessionTimeoutMs),
  HEARTBEAT_INTERVAL_MS: ({ timings }) => String(timings.heartbeatIntervalMs),
  REBALANCE_TIMEOUT_MS: ({ timings }) => String(timings.rebalanceTimeoutMs),
  MAX_WAIT_MS: ({ timings }) => String(timings.maxWaitMs),
  REQUEST_TIMEOUT_MS: ({ timings }) => String(timings.requestTimeoutMs),
  TRANSACTION_TIMEOUT_MS: ({ timings }) => String(timings.transactionTimeoutMs),
};

export function launchVariables(place: LaunchPlace): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, of]) => [name, of(place)]));
}

/** Names that a launch described in YAML may use: the contract's own, and those of `launchVariables`. */
export const templateNames: readonly string[] = [
  "ROLLPROOF_MEMBER",
  "ROLLPROOF_INCARNATION",
  "ROLLPROOF_BOOTSTRAP",
  "ROLLPROOF_DATA_DIR",
  "ROLLPROOF_CONFIG",
  ...Object.keys(values),
];

/** Names in a text's `${…}` templates, as written. */
export function templatesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name = ""]) => name);
}
