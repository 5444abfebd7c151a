import type { Profile, Scenario } from "./scenario.ts";

/** Time-outs of clients and brokers, milliseconds, before the host-speed factor. */
export interface ProfileTimings {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly maxWaitMs: number;
  readonly requestTimeoutMs: number;
  readonly transactionTimeoutMs: number;
  /** How often brokers look for transactions past their time-out. */
  readonly transactionScanMs: number;
  /** A broker without heartbeat is fenced after this. */
  readonly brokerSessionTimeoutMs: number;
}

/** `fast` makes rare paths frequent; `production` is Kafka's and kafkajs's defaults (ground.md's table). */
export const profiles: Readonly<Record<Profile, ProfileTimings>> = {
  fast: {
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 400,
    rebalanceTimeoutMs: 5_000,
    maxWaitMs: 200,
    requestTimeoutMs: 2_000,
    transactionTimeoutMs: 15_000,
    transactionScanMs: 200,
    brokerSessionTimeoutMs: 2_000,
  },
  production: {
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 3_000,
    rebalanceTimeoutMs: 60_000,
    maxWaitMs: 5_000,
    requestTimeoutMs: 30_000,
    transactionTimeoutMs: 60_000,
    transactionScanMs: 10_000,
    brokerSessionTimeoutMs: 9_000,
  },
};

/** The same timings on a slower host. A factor of 1 or more; 1 is the reference machine. */
export function scaled(timings: ProfileTimings, factor: number): ProfileTimings {
  const by = (ms: number): number => Math.round(ms * factor);
  return {
    sessionTimeoutMs: by(timings.sessionTimeoutMs),
    heartbeatIntervalMs: by(timings.heartbeatIntervalMs),
    rebalanceTimeoutMs: by(timings.rebalanceTimeoutMs),
    maxWaitMs: by(timings.maxWaitMs),
    requestTimeoutMs: by(timings.requestTimeoutMs),
    transactionTimeoutMs: by(timings.transactionTimeoutMs),
    transactionScanMs: timings.transactionScanMs,
    brokerSessionTimeoutMs: by(timings.brokerSessionTimeoutMs),
  };
}

/**
 * How long a pipeline may stand still with records waiting before that is its own doing: the scenario's gates.timeoutMs after
 * the longest that Kafka itself may hold a sound one up, by the transaction of a member that died or by its seat in the group.
 */
export function patienceMs({ profile, gates }: Pick<Scenario, "profile" | "gates">, hostFactor: number): number {
  const timings = scaled(profiles[profile], hostFactor);
  const kafkaMs = Math.max(
    timings.transactionTimeoutMs + timings.transactionScanMs,
    timings.sessionTimeoutMs + timings.rebalanceTimeoutMs,
  );
  return kafkaMs + Math.round(gates.timeoutMs * hostFactor);
}
