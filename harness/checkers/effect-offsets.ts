import type { EvidenceBatch } from "../model/evidence.ts";
import { failureOf } from "./expected-outputs.ts";
import { addBit, type PagedBits } from "./paged-bits.ts";
import { ofTask, type PerTask, type TaskIndex } from "./tasks.ts";

/** Which source offsets of each task f expects an output for, and where f has no answer. */
export interface EffectOffsets {
  readonly index: TaskIndex;
  readonly expecting: PerTask<PagedBits>;
  readonly failures: Set<string>;
}

export function learnEffects(known: EffectOffsets, batch: Extract<EvidenceBatch, { kind: "source" }>): void {
  const stage = known.index.byName.get(batch.stage);
  if (stage === undefined) return;
  if (batch.expected === null) known.failures.add(failureOf(batch.stage, batch.partition, batch.failure));
  const expecting = ofTask(known.expecting, stage, batch.partition);
  for (const [i, { outputs }] of (batch.expected ?? []).entries())
    if (outputs.length > 0) addBit(expecting, batch.records.offsets[i] ?? 0);
}
