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
const lagEveryMs = 500;
const stepMsMax = 250;
const nanosPerMs = 1e6;
const resolutionMs = 10;
/** The histogram holds whole intervals between two looks: what exceeds the resolution is the delay. */
const late = (nanos: number): number => Math.max(0, nanos / nanosPerMs - resolutionMs);

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
  const look = startHostLook(() => [process.pid, ...pids()]);
  await every(everyMs, signal, () => {
    const [maxMs, meanMs] = [late(delay.max), late(delay.mean)];
    delay.reset();
    if (Number.isFinite(meanMs)) record({ kind: "gauge-loop-delay", process: "harness", maxMs, meanMs });
    const load = look();
    if (load !== null) record({ kind: "gauge-host", ...load });
    const deltaMs = watch();
    if (deltaMs !== null) record({ kind: "clock-stepped", deltaMs });
  });
  delay.disable();
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
