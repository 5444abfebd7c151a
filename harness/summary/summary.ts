import type { EvidenceBatch } from "../model/evidence.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import { summarySchemaVersion, type RunSummary } from "../model/summary.ts";
import { beginFaultSpans } from "./fault-spans.ts";
import { beginLanes } from "./lanes.ts";
import type { Pointed } from "./pointed.ts";
import { beginRunClock } from "./run-clock.ts";
import { beginStepSpans } from "./step-spans.ts";
import { beginTraffic } from "./traffic.ts";

/** History → what reports draw: one pass over the audit's batches, in their order. */
export interface SummaryFold {
  step(batch: EvidenceBatch): void;
  /** `pointed` comes from a second pass (pointed.ts), since what findings point to is known only at the end. */
  finish(pointed: Pointed): RunSummary;
}

export function beginSummary(context: { readonly plan: Plan; readonly description: PipelineDescription }): SummaryFold {
  const { plan, description } = context;
  const clock = beginRunClock();
  const traffic = beginTraffic(description, clock);
  const lanes = beginLanes();
  const spans = beginStepSpans(plan.scenario);
  const faults = beginFaultSpans(plan.faults);
  let runId = "";
  return {
    step(batch) {
      if (batch.kind === "event") {
        for (const fold of [clock, lanes, spans, faults]) fold.step(batch.event);
        if (batch.event.kind === "run-started") runId = batch.event.runId;
      }
      traffic.step(batch);
    },
    finish(pointed) {
      const { series, counts } = traffic.finish();
      return {
        schemaVersion: summarySchemaVersion,
        runId,
        endMs: clock.ms(clock.now()),
        ...spans.finish(clock),
        members: lanes.finish("member-", clock),
        brokers: lanes.finish("broker-", clock),
        faults: faults.finish(clock),
        series,
        counts: { inputsPlanned: plan.sends.reduce((sum, { count }) => sum + count, 0), ...counts },
        records: pointed.records.map(({ seq, view }) => ({ ...view, atMs: clock.ms(clock.ofSeq(seq)) })),
        events: pointed.events.map(({ ref, at, text }) => ({ ref, atMs: clock.ms(at), text })),
      };
    },
  };
}
