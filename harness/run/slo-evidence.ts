import { beginGenerations } from "../audit/generations.ts";
import { beginLatency } from "../audit/latency.ts";
import { offsetsTopic, stateTopic } from "../audit/topology.ts";
import type { Clock } from "../base/clock.ts";
import type { DiskSeen } from "../evidence/disk-gauge.ts";
import { startSloGauges } from "../evidence/slo-gauges.ts";
import type { Recorder } from "../history/recorder.ts";
import type { GateName } from "../model/program.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";

interface SloEvidenceOptions {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly recorder: Pick<Recorder, "record" | "subscribeFrames">;
  readonly clock: Clock;
}

/** What is looked at besides the history. */
interface Looked {
  readonly bootstrap: readonly string[];
  readonly disks: () => readonly DiskSeen[];
}

/**
 * What the gates of `upgrade.slo` and `upgrade.preflight` look at and nobody else does: nothing of it is sampled where none asks for it. To be started
 * before the tail.
 */
export function startSloEvidence(options: SloEvidenceOptions, { bootstrap, disks }: Looked): AsyncDisposable {
  const { plan, description, recorder, clock } = options;
  const { slo = {} } = plan.scenario.upgrade;
  const asks = (gate: GateName): boolean => plan.program.some(({ gates }) => gates.includes(gate));
  const { partitions } = plan.scenario.workload;
  const over = new AbortController();
  const isTimed = slo["output-latency-p50"] !== undefined || slo["output-latency-p99"] !== undefined;
  const latency = isTimed ? beginLatency(description, partitions) : null;
  const generations =
    slo.rebalances === undefined ? null : beginGenerations(new Set(description.stages.map(({ group }) => group)));
  const topics = [...description.topics(partitions).map(({ name }) => name), offsetsTopic, stateTopic];
  const gauges = startSloGauges({
    record: recorder.record,
    clock,
    latency: latency && {
      stages: description.stages.map(({ name }) => name),
      waiting: (nowMs) => latency.waiting(nowMs),
    },
    replication: asks("under-replicated") ? { bootstrap, topics } : null,
    disks: asks("disk-free") ? disks : null,
    signal: over.signal,
  });
  gauges.over.catch(() => undefined); // told where it is awaited
  const frames = recorder.subscribeFrames((batch) => {
    if (latency !== null) gauges.took(latency.step(batch, clock.now() / 1e6));
    for (const told of generations?.step(batch) ?? []) recorder.record(told);
  });
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      frames[Symbol.dispose]();
      await gauges.over;
    },
  };
}
