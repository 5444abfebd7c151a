import {
  isTimed,
  sloNames,
  type HoldSpec,
  type Profile,
  type Scenario,
  type SloSpec,
  type UpgradeSpec,
} from "./scenario.ts";

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

/** The longest that Kafka itself may hold a sound pipeline up: by the transaction of a member that died, or by its seat in the group. */
export function holdUpMs({ profile }: Pick<Scenario, "profile">, hostFactor: number): number {
  const timings = scaled(profiles[profile], hostFactor);
  return Math.max(
    timings.transactionTimeoutMs + timings.transactionScanMs,
    timings.sessionTimeoutMs + timings.rebalanceTimeoutMs,
  );
}

/**
 * How long a pipeline may stand still with records waiting before that is its own doing: the scenario's gates.timeoutMs after
 * the longest that Kafka itself may hold a sound one up, by the transaction of a member that died or by its seat in the group.
 */
export function patienceMs(scenario: Pick<Scenario, "profile" | "gates">, hostFactor: number): number {
  return holdUpMs(scenario, hostFactor) + Math.round(scenario.gates.timeoutMs * hostFactor);
}

/** The budget of LV3. A declared number is a promise under the scenario's own faults; a default excuses what they do. */
export interface Availability {
  readonly gap: { readonly ms: number; readonly isDeclared: boolean };
  /** Within a part of a replacement, each declared. */
  readonly gapInMs: ReadonlyMap<string, number>;
  readonly rebalancesPerStep: { readonly count: number; readonly isDeclared: boolean };
  readonly restarts: number;
}

/**
 * A member that leaves and one that joins cost a rebalance each, two with the cooperative protocol, and as many for each of
 * its consumers: 16 allow four consumers a member.
 */
const rebalancesPerStep = 16;

/** The scenario's budget. A gap that it does not declare may last as long as LV1's patience: Kafka's time-outs and one gate. */
export function availabilityOf(
  scenario: Pick<Scenario, "profile" | "gates" | "availability">,
  hostFactor: number,
): Availability {
  const { availability: { gapMs, gapInMs = {}, rebalancesPerStep: count, restarts = 0 } = {} } = scenario;
  return {
    gap:
      gapMs === undefined
        ? { ms: patienceMs(scenario, hostFactor), isDeclared: false }
        : { ms: Math.round(gapMs * hostFactor), isDeclared: true },
    gapInMs: new Map(Object.entries(gapInMs).map(([phase, ms]) => [phase, Math.round(ms * hostFactor)])),
    rebalancesPerStep: { count: count ?? rebalancesPerStep, isDeclared: count !== undefined },
    restarts,
  };
}

/** The levels that the upgrade must keep, with durations stretched as the profile's time-outs are. */
export function sloOn({ slo = {} }: UpgradeSpec, hostFactor: number): SloSpec {
  const bounds = sloNames.flatMap((name) => {
    const bound = slo[name];
    return bound === undefined ? [] : [[name, isTimed(name) ? Math.round(bound * hostFactor) : bound] as const];
  });
  return Object.fromEntries(bounds);
}

/** When the workload is held, stretched as the profile's time-outs are; null: never. */
export function holdOn({ holdSources }: UpgradeSpec, hostFactor: number): HoldSpec | null {
  if (holdSources === undefined) return null;
  const { afterMs, forMs } = holdSources;
  return { afterMs: Math.round(afterMs * hostFactor), forMs: Math.round(forMs * hostFactor) };
}
