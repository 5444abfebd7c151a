import type { EvidenceBatch } from "../model/evidence.ts";
import { addBit, beginBits, hasBit, type PagedBits } from "./paged-bits.ts";
import { ofTask, perTask, readerOf, type PerTask, type TaskIndex } from "./tasks.ts";

/** What each task's source log holds, and which of it calls for an effect. */
export interface Sources {
  readonly index: TaskIndex;
  readonly tasks: PerTask<SourceBits>;
  /** Why f has no answer somewhere. */
  readonly failures: Set<string>;
}

/** Source offsets. */
export interface SourceBits {
  readonly committed: PagedBits;
  readonly aborted: PagedBits;
  /** Committed ones for which f had no answer. */
  readonly unanswered: PagedBits;
  /** Those for which f expects an output. */
  readonly expecting: PagedBits;
  /** Per ordinal: those for which f expects that output. */
  readonly ordinals: Map<number, PagedBits>;
}

export function beginSources(index: TaskIndex): Sources {
  const make = (): SourceBits => ({
    committed: beginBits(),
    aborted: beginBits(),
    unanswered: beginBits(),
    expecting: beginBits(),
    ordinals: new Map(),
  });
  return { index, tasks: perTask(make), failures: new Set() };
}

export function stepSources(sources: Sources, batch: EvidenceBatch): void {
  if (batch.kind !== "source" && batch.kind !== "aborted-source") return;
  const stage = readerOf(sources.index, batch);
  if (stage === undefined) return;
  const task = ofTask(sources.tasks, stage, batch.partition);
  const { count, offsets } = batch.records;
  const bits = batch.kind === "source" ? task.committed : task.aborted;
  for (let i = 0; i < count; i++) addBit(bits, offsets[i] ?? 0);
  if (batch.kind === "source") learnAnswers(sources, task, batch);
}

function learnAnswers(
  { failures }: Sources,
  task: SourceBits,
  { stage, partition, records, expected, failure }: Extract<EvidenceBatch, { readonly kind: "source" }>,
): void {
  const { count, offsets } = records;
  if (expected === null) {
    failures.add(failureOf(stage, partition, failure));
    for (let i = 0; i < count; i++) addBit(task.unanswered, offsets[i] ?? 0);
    return;
  }
  for (let i = 0; i < count; i++) {
    const outputs = expected[i]?.outputs ?? [];
    if (outputs.length === 0) continue;
    const at = offsets[i] ?? 0;
    addBit(task.expecting, at);
    for (const { ordinal } of outputs) addBit(ordinalBits(task.ordinals, ordinal), at);
  }
}

/** Whether f has said what this committed record should do. */
export function isAnswered({ committed, unanswered }: SourceBits, offset: number): boolean {
  return hasBit(committed, offset) && !(unanswered.count > 0 && hasBit(unanswered, offset));
}

function ordinalBits(ordinals: Map<number, PagedBits>, ordinal: number): PagedBits {
  const known = ordinals.get(ordinal);
  if (known !== undefined) return known;
  const bits = beginBits();
  ordinals.set(ordinal, bits);
  return bits;
}

export function failureOf(stage: string, partition: number, failure: string | null): string {
  return `The specification has no answer for ${stage}-${partition}: ${failure ?? "none is loaded"}. Mend the specification, then run \`check\` again.`;
}
