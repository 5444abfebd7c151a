import type { Clock } from "../base/clock.ts";
import type { RecordEvent } from "../model/event.ts";
import { lookAtDisks, type DiskSeen } from "./disk-gauge.ts";
import { pause } from "./fetcher.ts";
import { beginLatencyGauge, type Took } from "./latency-gauge.ts";
import { startReplicationLook } from "./replication.ts";

export interface SloGaugeOptions {
  readonly record: RecordEvent;
  readonly clock: Clock;
  /** Null: nobody asks for it. */
  readonly latency: { readonly stages: readonly string[]; readonly waiting: (nowMs: number) => readonly Took[] } | null;
  /** Null: nobody asks for it. */
  readonly replication: { readonly bootstrap: readonly string[]; readonly topics: readonly string[] } | null;
  /** Null: nobody asks for them. */
  readonly disks: (() => readonly DiskSeen[]) | null;
  readonly signal: AbortSignal;
}

/** The gauges that only the levels and the preflight of an upgrade ask for. `over` resolves when the signal has ended them. */
export interface SloGauges {
  /** What the logs have shown just now. */
  took(latencies: readonly Took[]): void;
  readonly over: Promise<void>;
}

const everyMs = 500;

export function startSloGauges(options: SloGaugeOptions): SloGauges {
  const { record, clock, latency, replication, disks, signal } = options;
  const nowMs = (): number => clock.now() / 1e6;
  const gauge = beginLatencyGauge(latency?.stages ?? []);
  async function sampleLatency(): Promise<void> {
    if (latency === null) return;
    while (!signal.aborted) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      for (const sample of gauge.sample(latency.waiting(nowMs()), nowMs())) record(sample);
    }
  }
  async function sampleReplication(): Promise<void> {
    if (replication === null) return;
    const looking = startReplicationLook(replication.bootstrap, replication.topics);
    while (!signal.aborted) {
      await pause(everyMs, signal);
      const sample = signal.aborted ? null : await looking.look();
      if (sample !== null && !signal.aborted) record(sample);
    }
    looking.close();
  }
  async function sampleDisks(): Promise<void> {
    if (disks === null) return;
    while (!signal.aborted) {
      await pause(everyMs, signal);
      const sample = signal.aborted ? null : await lookAtDisks(disks());
      if (sample !== null && !signal.aborted) record(sample);
    }
  }
  return {
    took: (latencies) => gauge.took(latencies, nowMs()),
    over: Promise.all([sampleLatency(), sampleReplication(), sampleDisks()]).then(() => undefined),
  };
}
