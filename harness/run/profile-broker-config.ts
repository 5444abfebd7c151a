import type { ProfileTimings } from "../model/profile.ts";

/** Broker settings of a profile, beyond what the environment itself sets. */
export function brokerConfigOf(timings: ProfileTimings): Readonly<Record<string, string>> {
  return {
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": String(timings.transactionScanMs),
    "broker.session.timeout.ms": String(timings.brokerSessionTimeoutMs),
  };
}
