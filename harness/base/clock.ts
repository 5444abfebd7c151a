import { runNanos, type RunNanos } from "../model/brand.ts";

/** The run's monotonic clock: nanoseconds since it was made. */
export interface Clock {
  now(): RunNanos;
  /** Milliseconds since 1970; for people, never for order. */
  wallMs(): number;
}

export function beginClock(): Clock {
  const began = process.hrtime.bigint();
  return {
    now: () => runNanos(Number(process.hrtime.bigint() - began)),
    wallMs: () => Date.now(),
  };
}

/** A wall-clock instant as ISO 8601 in UTC, `2026-01-31T12:00:00.000Z`; for people. */
export function isoText(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
