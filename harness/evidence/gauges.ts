import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../base/clock.ts";
import type { EventBody, RecordEvent } from "../model/event.ts";
import { pause } from "./fetcher.ts";
import { startHostLook } from "./host-load.ts";
import { pollHealth, type HealthTarget } from "./health.ts";

export interface GaugeOptions {
  readonly record: RecordEvent;
  readonly clock: Clock;
  readonly members: () => readonly HealthTarget[];
  /** Health of members that do not tell it themselves, as the logs have it. */
  readonly silent: () => readonly EventBody<"gauge-health">[];
  /** Lag per task, from the live audit of the logs. */
  readonly lag: () => readonly TaskLagSample[];
  /** The run's own processes besides the harness: what they use is not foreign load. */
  readonly pids: () => readonly number[];
  readonly signal: AbortSignal;
}
export interface TaskLagSample {
  readonly stage: string;
  readonly partition: number;
  readonly committedNext: number | null;
  readonly lag: number;
}

const everyMs = 1_000;
const beatMs = 100;
const lagEveryMs = 500;
const stepMsMax = 250;
const nanosPerMs = 1e6;
const resolutionMs = 10;
/** The histogram holds whole intervals between two looks: what exceeds the resolution is the delay. Empty, it says NaN. */
const late = (nanos: number): number => (Number.isFinite(nanos) ? Math.max(0, nanos / nanosPerMs - resolutionMs) : 0);

/** Samples lag, health, the harness's own loop delay and the clock until the signal; resolves when all have stopped. */
export async function runGauges(options: GaugeOptions): Promise<void> {
  const { record, members, silent, lag, signal } = options;
  await Promise.all([
    watchHarness(options),
    pollHealth({ targets: members, record, signal }),
    every(lagEveryMs, signal, () => {
      for (const sample of lag()) record({ kind: "gauge-lag", ...sample });
      for (const health of silent()) record(health);
    }),
  ]);
}

async function watchHarness({ record, clock, pids, signal }: GaugeOptions): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const watch = startClockWatch(clock);
  const stalls = startStallWatch(clock, beatMs);
  const look = startHostLook(() => [process.pid, ...pids()]);
  const beating = every(beatMs, signal, () => stalls.beat());
  await every(everyMs, signal, () => {
    // The histogram forgets the interval that a reset falls into, and with it a stall that this timer is the first to wake up from.
    const maxMs = Math.max(late(delay.max), stalls.takeWorstMs());
    const meanMs = late(delay.mean);
    delay.reset();
    record({ kind: "gauge-loop-delay", process: "harness", maxMs, meanMs });
    record({ kind: "gauge-host", ...look() });
    const deltaMs = watch();
    if (deltaMs !== null) record({ kind: "clock-stepped", deltaMs });
  });
  await beating;
  delay.disable();
}

/** Of beats that are due `dueMs` after one another: by how much the latest was late since the last time this was asked. */
export function startStallWatch(clock: Pick<Clock, "now">, dueMs: number): { beat(): void; takeWorstMs(): number } {
  let before = clock.now();
  let worstMs = 0;
  return {
    beat() {
      const now = clock.now();
      worstMs = Math.max(worstMs, (now - before) / nanosPerMs - dueMs);
      before = now;
    },
    takeWorstMs() {
      const worst = worstMs;
      worstMs = 0;
      return worst;
    },
  };
}

/** Compares the wall clock with the monotonic one; each call gives the step since the last, or null for none. */
export function startClockWatch(clock: Clock): () => number | null {
  const difference = (): number => clock.wallMs() - clock.now() / nanosPerMs;
  let before = difference();
  return () => {
    const now = difference();
    const stepped = now - before;
    before = now;
    return Math.abs(stepped) > stepMsMax ? stepped : null;
  };
}

async function every(ms: number, signal: AbortSignal, look: () => void): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal);
    if (!signal.aborted) look();
  }
}
