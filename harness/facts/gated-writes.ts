import { slice, type EvidenceBatch, type LogRef, type Records, type Transaction } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { Gated, GatedFormats, Specification, StageSpecification } from "../model/pipeline.ts";
import { asExpected, type EffectRun, type Effects } from "./effects.ts";
import { beforeIn, type FlagActivation } from "./flag-activation.ts";
import { eachWritten, ofTask } from "./tasks.ts";

/** What was written in a format that waits for the upgrade's flag: told by the bytes, whatever a header claims. */
export interface GatedWrites {
  readonly activation: FlagActivation;
  readonly effects: Effects;
  readonly specification: Specification | null;
  /** Null: the run has no upgrade, or the description names no formats. */
  readonly formats: GatedFormats | null;
  /** Records from before the activation: the first of each topic and format, and how many more. */
  readonly early: Map<string, { readonly found: GatedWrite; more: number }>;
  /** The first after the activation had begun. */
  later: GatedWrite | null;
  /** Records from before the activation. */
  examined: number;
  /** Outputs from before the activation of which f does not say what they should be. */
  unread: number;
}

export interface GatedWrite {
  readonly at: LogRef;
  readonly what: "format" | "schema";
  readonly written: string;
  /** The source record that f's answer rests on; null for changelog records, whose bytes name their schema. */
  readonly cause: LogRef | null;
  readonly transaction: Transaction | null;
}

export function beginGatedWrites(
  { plan, description, specification }: CheckerContext,
  activation: FlagActivation,
  effects: Effects,
): GatedWrites {
  const formats = plan.program.length === 0 ? null : (description.activate?.formats ?? null);
  return { activation, effects, specification, formats, early: new Map(), later: null, examined: 0, unread: 0 };
}

/** To be called between `stepEffects`, which compares, and `settleEffects`, which forgets what f expected of a batch. */
export function stepGatedWrites(all: GatedWrites, batch: EvidenceBatch): void {
  const { formats, specification, activation } = all;
  if (formats === null || specification === null) return;
  const { index } = activation;
  for (const run of all.effects.runs) if (run.outcome === "committed") stepOutputs(all, run, formats.outputs);
  if (formats.states.after.length === 0) return;
  eachWritten(batch, index.byChangelog, (records, outcome, transaction) => {
    const stage = index.stages[index.byChangelog.get(records.topic) ?? -1]?.name ?? "";
    const decoder = specification.stages[stage];
    if (outcome === "committed" && decoder !== undefined)
      stepChanges(all, { records, transaction }, { decoder, gated: formats.states });
  });
}

interface Run {
  readonly records: Records;
  readonly transaction: Transaction | null;
}

function stepOutputs(all: GatedWrites, run: EffectRun, gated: Gated): void {
  const { records, transaction, stages } = run;
  const before = beforeIn(all.activation, records);
  if (before === null) return;
  for (let i = 0; i < records.count; i++) {
    const isEarly = (records.offsets[i] ?? 0) < before;
    if (!isEarly && all.later !== null) continue;
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    const written = stage < 0 ? null : formatOf(all, { run, i, stage }, gated);
    if (isEarly && written === null) all.unread += 1;
    else if (isEarly) all.examined += 1;
    if (written === null || written === "") continue;
    const topic = records.causeTopics[records.causeTopic[i] ?? -1] ?? "?";
    const cause = { topic, partition: records.causePartition[i] ?? 0, offset: records.causeOffset[i] ?? 0 };
    keep(all, { at: placeIn(records, i), what: "format", written, cause, transaction }, isEarly);
  }
}

interface Output {
  readonly run: EffectRun;
  readonly i: number;
  readonly stage: number;
}

/** The format that waits in which alone f's answer is what the bytes say; "": there is none. Null: f's answer is not known. */
function formatOf({ effects, specification }: GatedWrites, { run, i, stage }: Output, gated: Gated): string | null {
  const { records } = run;
  // Nearly all of them: f's answer was just found to be what the bytes say in the format that their header names.
  const named = records.writers[records.writer[i] ?? -1]?.format;
  if (run.verdicts[i] === asExpected && named !== undefined && gated.before.includes(named)) return "";
  const decoder = specification?.stages[effects.index.stages[stage]?.name ?? ""];
  const effect = ofTask(effects.tasks, stage, records.causePartition[i] ?? -1).open.get(records.causeOffset[i] ?? -1);
  const output = effect?.outputs.find(({ ordinal }) => ordinal === records.ordinal[i]);
  const value = slice(records.bytes, records.valueAt, i);
  if (decoder === undefined || output === undefined) return null;
  const actual = value === null ? null : attempt(() => decoder.output(value));
  if (actual === null) return "";
  const says = (format: string): boolean => attempt(() => output.value(format)) === actual;
  return gated.before.some(says) ? "" : (gated.after.find(says) ?? "");
}

function stepChanges(
  all: GatedWrites,
  { records, transaction }: Run,
  { decoder, gated }: { readonly decoder: StageSpecification; readonly gated: Gated },
): void {
  const before = beforeIn(all.activation, records);
  if (before === null) return;
  for (let i = 0; i < records.count; i++) {
    const isEarly = (records.offsets[i] ?? 0) < before;
    if (!isEarly && all.later !== null) continue;
    const schema = schemaOf(decoder, records, i);
    if (schema === null) continue;
    if (isEarly) all.examined += 1;
    if (!gated.after.includes(schema) || gated.before.includes(schema)) continue;
    keep(all, { at: placeIn(records, i), what: "schema", written: schema, cause: null, transaction }, isEarly);
  }
}

/** The schema that a changelog record's bytes carry; null: it holds no state, or does not decode. */
function schemaOf(decoder: StageSpecification, records: Records, i: number): string | null {
  const key = slice(records.bytes, records.keyAt, i);
  const value = slice(records.bytes, records.valueAt, i);
  if (key === null || value === null) return null;
  const entry = attempt(() => decoder.changelog?.(key, value) ?? null);
  return entry?.kind === "state" ? entry.schema : null;
}

function keep(all: GatedWrites, found: GatedWrite, isEarly: boolean): void {
  if (!isEarly) {
    all.later ??= found;
    return;
  }
  const sort = `${found.at.topic}/${found.what} ${found.written}`;
  const known = all.early.get(sort);
  if (known === undefined) all.early.set(sort, { found, more: 0 });
  else known.more += 1;
}

/** Null where the specification throws: undecodable bytes, or a format that it does not know. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function placeIn(records: Records, i: number): LogRef {
  return { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
}
