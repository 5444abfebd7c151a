import { runNanos, type RunNanos } from "../model/brand.ts";

/** The run's monotonic clock: nanoseconds since it was made. */
export interface Clock {
  now(): RunNanos;
  /** Milliseconds since 1970; for people, never for order. */
  wallMs(): number;
}

export function beginClock(): Clock {
  return clockFrom(process.hrtime.bigint());
}

/** The clock with this zero, nanoseconds of the machine's monotonic clock: the same in every process of the machine. */
export function clockFrom(zero: bigint): Clock {
  return {
    now: () => runNanos(Number(process.hrtime.bigint() - zero)),
    wallMs: () => Date.now(),
  };
}

export function zeroOf(now: () => number): bigint {
  return process.hrtime.bigint() - BigInt(now());
}

/** A wall-clock instant as ISO 8601 in UTC, `2026-01-31T12:00:00.000Z`; for people. */
export function isoText(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
