import type { HistoryEvent } from "../model/event.ts";
import { slice, type EvidenceBatch, type Records, type Transaction } from "../model/evidence.ts";
import type { ExpectedEffect, ExpectedOutput, Specification, StageSpecification } from "../model/pipeline.ts";
import { identityShown, keyIdentity } from "../model/record-key.ts";
import { addBit, hasBit, startBits, type PagedBits } from "./paged-bits.ts";
import { ofTask, perTask, stagesOfCauses, type PerTask, type TaskIndex } from "./tasks.ts";

/**
 * f's outputs, kept from the source record until the first committed transaction that answers it has been compared:
 * the memory is that of the lag, not of the log.
 */
export interface ExpectedOutputs {
  readonly index: TaskIndex;
  readonly specification: Specification;
  readonly tasks: PerTask<TaskOutputs>;
  /** For outputs without a header: formats seen in other headers, and names of versions started. */
  readonly formats: Set<string>;
  /** The version to which the member is taken whose step began last. */
  next: string | null;
  /** Why f has no answer somewhere. */
  readonly failures: Set<string>;
}

interface TaskOutputs {
  readonly open: Map<number, ExpectedEffect>;
  /** Source offsets that f answered. */
  readonly answered: PagedBits;
  /** Those for which it expects outputs. */
  readonly expecting: PagedBits;
}

export function startOutputs(index: TaskIndex, specification: Specification): ExpectedOutputs {
  return {
    index,
    specification,
    tasks: perTask(() => ({ open: new Map(), answered: startBits(), expecting: startBits() })),
    formats: new Set(),
    next: null,
    failures: new Set(),
  };
}

export function learnOutputs(all: ExpectedOutputs, batch: EvidenceBatch): void {
  if (batch.kind === "event") learnVersion(all, batch.event);
  if (batch.kind !== "source") return;
  const stage = all.index.byName.get(batch.stage);
  if (stage === undefined) return;
  if (batch.expected === null) {
    all.failures.add(failureOf(batch.stage, batch.partition, batch.failure));
    return;
  }
  const task = ofTask(all.tasks, stage, batch.partition);
  for (const [i, effect] of batch.expected.entries()) {
    const at = batch.records.offsets[i] ?? 0;
    addBit(task.answered, at);
    if (effect.outputs.length === 0) continue;
    addBit(task.expecting, at);
    task.open.set(at, effect);
  }
}

/** Without a header any version that has been started by then may have written the output; its start is recorded after it. */
function learnVersion(all: ExpectedOutputs, event: HistoryEvent): void {
  if (event.kind === "upgrade-step-began") all.next = event.to;
  if (event.kind === "upgrade-phase-began" && event.phase === "start" && all.next !== null) all.formats.add(all.next);
  if (event.kind === "process-started" && event.sha256 !== null && event.version !== null)
    all.formats.add(event.version);
}

export function failureOf(stage: string, partition: number, failure: string | null): string {
  return `The specification has no answer for ${stage}-${partition}: ${failure ?? "none is loaded"}. Mend the specification, then run \`check\` again.`;
}

export interface OutputMismatch {
  readonly stage: number;
  readonly cause: { readonly partition: number; readonly offset: number };
  readonly i: number;
  readonly expected: string;
  readonly actual: string;
}

export interface OutputComparison {
  compared: number;
  /** Outputs that cannot be compared: no readable cause, an unknown format, no answer of f. */
  incomparable: number;
  readonly mismatches: OutputMismatch[];
}

/** Compares each output of one run of committed records with f. Call `forgetOutputs` once the transaction is done. */
export function compareOutputs(all: ExpectedOutputs, records: Records): OutputComparison {
  const result: OutputComparison = { compared: 0, incomparable: 0, mismatches: [] };
  const stages = stagesOfCauses(all.index, records);
  for (const writer of records.writers) all.formats.add(writer.format);
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    const decoder = stage < 0 ? undefined : all.specification.stages[all.index.stages[stage]?.name ?? ""];
    if (decoder === undefined) {
      result.incomparable += 1;
      continue;
    }
    const partition = records.causePartition[i] ?? -1;
    const offset = records.causeOffset[i] ?? -1;
    const task = ofTask(all.tasks, stage, partition);
    const verdict = judgeOutput({ task, decoder, formats: all.formats }, records, i);
    if (verdict === "incomparable") result.incomparable += 1;
    else result.compared += 1;
    if (typeof verdict === "object") result.mismatches.push({ stage, cause: { partition, offset }, i, ...verdict });
  }
  return result;
}

/** Drops the answers that this transaction's outputs used up: a second output of the same cause is EO1's matter. */
export function forgetOutputs(all: ExpectedOutputs, transaction: Transaction): void {
  for (const part of transaction.parts) forgetRecords(all, part.records);
}

export function forgetRecords(all: ExpectedOutputs, records: Records): void {
  if (!all.index.bySink.has(records.topic)) return;
  const stages = stagesOfCauses(all.index, records);
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage >= 0) ofTask(all.tasks, stage, records.causePartition[i] ?? -1).open.delete(records.causeOffset[i] ?? -1);
  }
}

interface Judging {
  readonly task: TaskOutputs;
  readonly decoder: StageSpecification;
  readonly formats: ReadonlySet<string>;
}

function judgeOutput(
  { task, decoder, formats }: Judging,
  records: Records,
  i: number,
): { readonly expected: string; readonly actual: string } | "equal" | "incomparable" {
  const offset = records.causeOffset[i] ?? -1;
  if (!hasBit(task.answered, offset)) return "incomparable"; // no such committed record (EO3), or f failed
  const effect = task.open.get(offset);
  if (effect === undefined && hasBit(task.expecting, offset)) return "incomparable"; // answered before: EO1
  const actual = contentOf(decoder, records, i);
  const output = effect?.outputs.find(({ ordinal }) => ordinal === records.ordinal[i]);
  if (output === undefined) return { expected: "no output", actual: shown(actual) };
  const writer = records.writers[records.writer[i] ?? -1];
  const candidates = (writer === undefined ? [...formats, "1"] : [writer.format]).flatMap((format) =>
    expectedIn(output, format),
  );
  const [first] = candidates;
  if (first === undefined) return "incomparable";
  if (candidates.some((expected) => isEqual(expected, actual))) return "equal";
  return { expected: shown(first), actual: shown(actual) };
}

/** What an output is compared by. Keys are identities (model/record-key.ts). */
interface Content {
  readonly topic: string;
  readonly key: string;
  /** Canonical text; null: a tombstone. */
  readonly value: string | null | { readonly undecodable: string };
}

function contentOf(decoder: StageSpecification, records: Records, i: number): Content {
  const { topic } = records;
  const key = keyIdentity(slice(records.bytes, records.keyAt, i));
  const value = slice(records.bytes, records.valueAt, i);
  if (value === null) return { topic, key, value };
  try {
    return { topic, key, value: decoder.output(value) };
  } catch (error) {
    return { topic, key, value: { undecodable: error instanceof Error ? error.message : String(error) } };
  }
}

/** Nothing where f does not know the format. */
function expectedIn(output: ExpectedOutput, format: string): readonly Content[] {
  try {
    return [{ topic: output.topic, key: keyIdentity(output.key), value: output.value(format) }];
  } catch {
    return [];
  }
}

function isEqual(a: Content, b: Content): boolean {
  return a.topic === b.topic && a.key === b.key && a.value === b.value;
}

/** `topic key value`: what an output says, in one text. */
function shown({ topic, key, value }: Content): string {
  const told = value === null ? "(tombstone)" : typeof value === "string" ? value : `undecodable: ${value.undecodable}`;
  return `${topic} ${identityShown(key)} ${told}`;
}
