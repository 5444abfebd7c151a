import type { EvidenceBatch, Records } from "../model/evidence.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { RunSummary, Series } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";
import { beginRate, beginSummedGauge } from "./series.ts";

type Counts = Omit<RunSummary["counts"], "inputsPlanned">;

/** What flowed: counts over the whole run, and series over its time. */
export interface Traffic {
  step(batch: EvidenceBatch): void;
  finish(): { readonly series: readonly Series[]; readonly counts: Counts };
}

/** `clock` has already seen every event that `step` is given. */
export function beginTraffic({ stages }: PipelineDescription, clock: RunClock): Traffic {
  const sources = new Set(stages.flatMap((stage) => stage.sources));
  const sinks = new Set(stages.flatMap((stage) => stage.sinks));
  const inputs = sources.difference(sinks);
  const finalSinks = sinks.difference(sources);
  const lag = new Map(stages.map(({ name }) => [name, beginSummedGauge()]));
  const [commits, inflow, outflow] = [beginRate(), beginRate(), beginRate()];
  const invoked = new Map<number, number>();
  const counts = {
    inputsAcknowledged: 0,
    transactionsCommitted: 0,
    transactionsAborted: 0,
    outputsCommitted: 0,
    events: 0,
    frames: 0,
  };
  const output = (records: Records, at: number): void => {
    if (!sinks.has(records.topic)) return;
    counts.outputsCommitted += records.count;
    if (finalSinks.has(records.topic)) outflow.add(at, records.count);
  };
  return {
    step(batch) {
      if (batch.kind === "event") {
        const { event } = batch;
        counts.events += 1;
        if (event.kind === "send-invoked") invoked.set(event.seq, event.count);
        else if (event.kind === "send-ok") {
          counts.inputsAcknowledged += invoked.get(event.invoked) ?? 0;
          invoked.delete(event.invoked);
        } else if (event.kind === "gauge-lag") lag.get(event.stage)?.sample(event.at, event.partition, event.lag);
      } else if (batch.kind === "log") {
        counts.frames += 1;
        if (!batch.batch.control && inputs.has(batch.batch.topic)) inflow.add(clock.now(), batch.batch.count);
      } else if (batch.kind === "plain-records") output(batch.records, clock.now());
      else if (batch.kind === "transaction") {
        const { outcome, parts, seq } = batch.transaction;
        if (outcome === "aborted") counts.transactionsAborted += 1;
        if (outcome !== "committed") return;
        const at = clock.ofSeq(seq);
        counts.transactionsCommitted += 1;
        commits.add(at, 1);
        for (const part of parts) output(part.records, at);
      }
    },
    finish: () => ({
      series: [
        ...[...lag].map(([stage, gauge]) => gauge.finish(`lag of ${stage}`, "records", clock)),
        commits.finish("commits", clock),
        inflow.finish("records in", clock),
        outflow.finish("records out", clock),
      ],
      counts: { ...counts },
    }),
  };
}
