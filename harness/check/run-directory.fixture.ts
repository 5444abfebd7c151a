import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beginClock } from "../base/clock.ts";
import { sha256 } from "../base/digest.ts";
import { canonicalJson } from "../base/json.ts";
import { streamRecords } from "../base/stream.ts";
import { openRecorder } from "../history/recorder.ts";
import { offset, partition } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import type { LogFrame } from "../model/log.ts";
import type { InputRecord } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { reference } from "../pipeline/reference.ts";
import { makePlan } from "../plan/make-plan.ts";
import { renderPlan } from "../plan/plan-file.ts";
import { catalogues } from "../run/catalogues.ts";
import { runLayout } from "../run/layout.ts";
import { root } from "../run/provenance.ts";
import { parseScenario } from "../scenario/parse.ts";

const scenarioText = `question: Q
pipeline: reference
from: v1
to: v2
members: 1
workload: { inputs: 12, partitions: 2, keys: 3 }
`;

const scenario = parseScenario(scenarioText, { ...catalogues, file: "try.yaml" });
export const plan: Plan = makePlan(scenario, { seed: "1", description: reference });

/** What a run directory says of itself; tests change it. */
export interface Written {
  readonly planText: string;
  readonly info: RunInfo;
  readonly started: Extract<EventBody, { readonly kind: "run-started" }>;
  /** The records that the history has at the acknowledged offsets. */
  readonly sent: readonly InputRecord[];
}

/** A run as it is when everything agrees; its specification is the reference's, whose digest is given. */
export function consistent(specificationSha256: string): Written {
  const planText = renderPlan(plan);
  const runId = "20260101-000000-0000000a";
  const versions = {
    tool: "0.1.0",
    kafka: "4.1.1",
    node: "24.0.0",
    features: {},
    planSha256: sha256(planText),
    specificationSha256,
    pipeline: { v1: "1".repeat(64), v2: "2".repeat(64) },
  };
  const startedAt = "2026-01-01T00:00:00.000Z";
  return {
    planText,
    info: {
      runId,
      startedAt,
      environment: "process",
      hostFactor: 1.5,
      versions,
      specificationPath: reference.specificationPath,
    },
    started: {
      kind: "run-started",
      runId,
      startedAt,
      tool: versions.tool,
      node: versions.node,
      kafka: versions.kafka,
      features: versions.features,
      environment: "process: asked for",
      hostFactor: 1.5,
      planSha256: versions.planSha256,
      specificationPath: reference.specificationPath,
      specificationSha256,
      pipeline: versions.pipeline,
    },
    sent: [...streamRecords(reference, plan.seed, plan.scenario.workload)],
  };
}

/** Writes a run directory in which every planned input was sent and acknowledged, and no member ever worked. */
export async function writeRun(directory: string, { planText, info, started, sent }: Written): Promise<void> {
  const layout = runLayout(directory);
  mkdirSync(layout.history, { recursive: true });
  writeFileSync(layout.plan, planText);
  writeFileSync(layout.scenario, scenarioText);
  writeFileSync(layout.runInfo, canonicalJson(info));
  // As an earlier judging would have left them.
  for (const name of ["verdict.json", "summary.json"])
    cpSync(join(root, "reports/samples/valid", name), join(directory, name));
  const recorder = await openRecorder(layout.history, beginClock());
  recorder.record(started);
  recorder.record({ kind: "time-zero" });
  const next = new Map<number, number>();
  for (const [index, record] of sent.entries()) {
    const { topic, partition: p } = record;
    const at = next.get(p) ?? 0;
    next.set(p, at + 1);
    const send = { stream: reference.workload.stream, topic, partition: p, indexes: [[index, index]], count: 1 };
    const { seq } = recorder.record({ kind: "send-invoked", ...send });
    recorder.record({ kind: "send-ok", invoked: seq, baseOffset: at });
    recorder.recordFrame(frameOf(record, at));
  }
  recorder.record({ kind: "sends-finished", records: sent.length });
  await recorder.close();
}

function frameOf({ topic, partition: p, key, value }: InputRecord, at: number): LogFrame {
  const [keyBytes, valueBytes] = [Buffer.from(key), Buffer.from(value)];
  const keyEnd = keyBytes.length;
  const end = keyEnd + valueBytes.length;
  return {
    topic,
    partition: partition(p),
    highWatermark: offset(at + 1),
    lastStableOffset: offset(at + 1),
    baseOffset: offset(at),
    lastOffset: offset(at),
    transactional: false,
    control: false,
    producerId: 1,
    producerEpoch: 0,
    baseSequence: at,
    leaderEpoch: 0,
    count: 1,
    offsets: Float64Array.of(at),
    timestamps: Float64Array.of(0),
    keyAt: Int32Array.of(0, keyEnd),
    valueAt: Int32Array.of(keyEnd, end),
    headersAt: Int32Array.of(end, end + 2),
    bytes: Buffer.concat([keyBytes, valueBytes, Buffer.alloc(2)]),
  };
}
