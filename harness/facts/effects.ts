import type { HistoryEvent } from "../model/event.ts";
import type { EvidenceBatch, LogRef, Records, Transaction } from "../model/evidence.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { ExpectedEffect, Specification } from "../model/pipeline.ts";
import { compareOutput, type Difference } from "./output-comparison.ts";
import { addBit, beginBits, hasBit, type PagedBits } from "./paged-bits.ts";
import { beginPlaces, placeOf, rememberPlace, type Places } from "./recent-places.ts";
import type { TaskRow } from "./commit-rows.ts";
import { beginSuperseded, learnAllowed, learnWritten, supersededBy, type Superseded } from "./superseded.ts";
import { isTransactional } from "./transactional.ts";
import { isAnswered, type Sources } from "./sources.ts";
import {
  eachWritten,
  ofTask,
  perTask,
  readerOf,
  stagesOfCauses,
  type PerTask,
  type SeenOutcome,
  type TaskIndex,
} from "./tasks.ts";

/**
 * What the pipeline put on its sinks, against the source records that its outputs name and against f. f's outputs are kept
 * from the source record until the first committed transaction that answers it has been compared: the memory is that of the
 * lag, not of the log.
 */
export interface Effects {
  readonly index: TaskIndex;
  readonly specification: Specification | null;
  readonly sources: Sources;
  readonly tasks: PerTask<TaskEffects>;
  /** For outputs without a header: formats seen in other headers, and names of versions started. */
  readonly formats: Set<string>;
  readonly counts: EffectCounts;
  /** Of the batch stepped last. */
  runs: EffectRun[];
  mismatches: OutputMismatch[];
  repeats: Repeat[];
}

/** Outputs that readers may see, by what is known of them. */
export interface EffectCounts {
  /** Committed, with a cause in a source of the stage. */
  placed: number;
  /** Committed, with a cause elsewhere. */
  stray: number;
  /** Committed, with no readable cause. */
  unreadable: number;
  undecided: number;
  /** Those of the undecided ones that name no cause in a source of the stage. */
  undecidedUnplaced: number;
  compared: number;
  /** Committed outputs that cannot be compared: no readable cause, an unknown format, no answer of f. */
  incomparable: number;
  /** Committed outputs of causes that others had answered before: not compared. */
  again: number;
}

/** Source offsets of a task by where their effects are. */
export interface TaskEffects {
  /** f's answers that no committed transaction has taken up yet. */
  readonly open: Map<number, ExpectedEffect>;
  /** With an effect in a transaction that was not aborted. */
  readonly seen: PagedBits;
  /** With an effect outside any transaction. */
  readonly plain: PagedBits;
  readonly ordinals: Map<number, OrdinalEffects>;
  readonly superseded: Superseded;
}

/** Source offsets of a task by one ordinal of their outputs. */
export interface OrdinalEffects {
  /** With that output in anything that was not aborted. */
  readonly seen: PagedBits;
  /** With that output committed. */
  readonly committed: PagedBits;
  /** Where the recent committed ones lie. */
  readonly places: Places;
}

/** Records that a batch put on one partition of a sink. */
export interface EffectRun {
  readonly records: Records;
  readonly outcome: SeenOutcome;
  readonly transaction: Transaction | null;
  /** Index of the stage that has this sink and this cause topic, per entry of `causeTopics`; -1: no stage does. */
  readonly stages: readonly number[];
  /** Of each output: how it compares with f's. */
  readonly verdicts: Uint8Array;
}

/** `EffectRun.verdicts`: 0, it could not be compared. */
export const asExpected = 1;
const otherwise = 2;

/** Output `i` of a run, whose cause is a record of the stage's source. */
export interface PlacedOutput {
  readonly run: EffectRun;
  readonly i: number;
  readonly stage: number;
  readonly cause: { readonly partition: number; readonly offset: number };
}

/** A committed output that is not f's. */
export interface OutputMismatch extends PlacedOutput, Difference {}

/** A committed output whose (cause, ordinal) had one before. */
export interface Repeat extends PlacedOutput {
  readonly ordinal: number;
  /** Where the first one lies; null: too long ago. */
  readonly first: LogRef | null;
}

/** Outputs that may be any record's effect, as nothing readable names their cause: while there are any, no effect is proven missing. */
export function unplacedIn({ stray, unreadable, undecidedUnplaced }: EffectCounts): number {
  return stray + unreadable + undecidedUnplaced;
}

export function beginEffects(sources: Sources, context: CheckerContext): Effects {
  const { specification, description } = context;
  const isLate = !description.speaks && !isTransactional(context);
  const make = (): TaskEffects => ({
    open: new Map(),
    seen: beginBits(),
    plain: beginBits(),
    ordinals: new Map(),
    superseded: beginSuperseded(isLate),
  });
  const counts = {
    placed: 0,
    stray: 0,
    unreadable: 0,
    undecided: 0,
    undecidedUnplaced: 0,
    compared: 0,
    incomparable: 0,
    again: 0,
  };
  return {
    index: sources.index,
    specification,
    sources,
    tasks: perTask(make),
    formats: new Set(),
    counts,
    runs: [],
    mismatches: [],
    repeats: [],
  };
}

/** To be called after `stepSources`. f's answers stay until `settleEffects`. */
export function stepEffects(effects: Effects, batch: EvidenceBatch): void {
  if (effects.runs.length > 0) effects.runs = [];
  if (effects.mismatches.length > 0) effects.mismatches = [];
  if (effects.repeats.length > 0) effects.repeats = [];
  if (batch.kind === "event") learnVersion(effects, batch.event);
  else if (batch.kind === "source") learnAnswers(effects, batch);
  else stepWritten(effects, batch);
}

/** Without a header any version that has been started by then may have written the output; its start is recorded after it. */
function learnVersion(effects: Effects, event: HistoryEvent): void {
  if (event.kind === "upgrade-act-began" && event.what === "bring-up" && event.version !== null)
    effects.formats.add(event.version);
  if (event.kind === "process-started" && event.sha256 !== null && event.version !== null)
    effects.formats.add(event.version);
}

function learnAnswers(effects: Effects, batch: Extract<EvidenceBatch, { readonly kind: "source" }>): void {
  const { partition, records, expected } = batch;
  const stage = readerOf(effects.index, batch);
  if (stage === undefined || expected === null) return;
  const { open, superseded } = ofTask(effects.tasks, stage, partition);
  for (let i = 0; i < expected.length; i++) {
    const effect = expected[i];
    if (effect === undefined || effect.outputs.length === 0) continue;
    const at = records.offsets[i] ?? 0;
    open.set(at, effect);
    learnAllowed(superseded, at, effect);
  }
}

function stepWritten(effects: Effects, batch: EvidenceBatch): void {
  const { index, runs } = effects;
  eachWritten(batch, index.bySink, (records, outcome, transaction) => {
    const verdicts = new Uint8Array(records.count);
    const run = { records, outcome, transaction, stages: stagesOfCauses(index, records), verdicts };
    runs.push(run);
    if (outcome === "undecided") stepUndecided(effects, run);
    else stepCommitted(effects, run);
  });
}

/** Takes f's answers back that the batch has taken up; to be called after `stepEffects`, once nobody needs them any more. */
export function settleEffects(effects: Effects, arrived: readonly TaskRow[]): void {
  // Before the answers go: of one cause some outputs may be written and others superseded.
  for (const row of arrived) supersede(ofTask(effects.tasks, row.stage, row.partition), row);
  // Only now: several runs of one transaction may answer one cause. A second output of it is EO1's matter.
  for (const run of effects.runs) if (run.outcome === "committed") forget(effects, run);
}

/** A superseded output is as good as one that was written. */
function supersede({ open, superseded, ordinals, seen }: TaskEffects, row: TaskRow): void {
  const seenIn = (ordinal: number): PagedBits => ordinalEffects(ordinals, ordinal).seen;
  const missing = supersededBy(superseded, row, open, ({ offset, ordinal }) => hasBit(seenIn(ordinal), offset));
  for (const { offset, ordinal } of missing) {
    addBit(seenIn(ordinal), offset);
    addBit(seen, offset);
    open.delete(offset);
  }
}

function stepUndecided(effects: Effects, run: EffectRun): void {
  const { counts } = effects;
  const { records, stages, transaction } = run;
  counts.undecided += records.count;
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage < 0) counts.undecidedUnplaced += 1;
    else mark(ofTask(effects.tasks, stage, records.causePartition[i] ?? -1), transaction, records, i);
  }
}

function stepCommitted(effects: Effects, run: EffectRun): void {
  const { counts, specification } = effects;
  const { records, stages } = run;
  for (const { format } of records.writers) effects.formats.add(format);
  for (let i = 0; i < records.count; i++) {
    const topic = records.causeTopic[i] ?? -1;
    const stage = stages[topic] ?? -1;
    if (stage >= 0) {
      counts.placed += 1;
      stepPlaced(effects, run, i, stage);
      continue;
    }
    if (topic < 0) counts.unreadable += 1;
    else counts.stray += 1;
    if (specification !== null) counts.incomparable += 1;
  }
}

/** Once per output: nothing is made here but what is kept. */
function stepPlaced(effects: Effects, run: EffectRun, i: number, stage: number): void {
  const { records, transaction } = run;
  const partition = records.causePartition[i] ?? -1;
  const offset = records.causeOffset[i] ?? 0;
  const task = ofTask(effects.tasks, stage, partition);
  const { committed, places } = mark(task, transaction, records, i);
  if (addBit(committed, offset)) rememberPlace(places, offset, records, records.offsets[i] ?? 0);
  else {
    const [cause, ordinal] = [{ partition, offset }, records.ordinal[i] ?? 0];
    effects.repeats.push({ run, i, stage, cause, ordinal, first: placeOf(places, offset) });
  }
  learnWritten(task.superseded, records, i);
  const found = compared(effects, task, run, i, stage);
  if (found === "equal") run.verdicts[i] = asExpected;
  if (typeof found !== "object" || found === null) return;
  run.verdicts[i] = otherwise;
  effects.mismatches.push({ run, i, stage, cause: { partition, offset }, ...found });
}

function mark(
  { ordinals, seen, plain }: TaskEffects,
  transaction: Transaction | null,
  { ordinal, causeOffset }: Records,
  i: number,
): OrdinalEffects {
  const offset = causeOffset[i] ?? 0;
  const own = ordinalEffects(ordinals, ordinal[i] ?? 0);
  addBit(own.seen, offset);
  addBit(transaction === null ? plain : seen, offset);
  return own;
}

function ordinalEffects(all: Map<number, OrdinalEffects>, ordinal: number): OrdinalEffects {
  const known = all.get(ordinal);
  if (known !== undefined) return known;
  const fresh = { seen: beginBits(), committed: beginBits(), places: beginPlaces() };
  all.set(ordinal, fresh);
  return fresh;
}

/** Against f's answer, where it is still open; null: nothing is compared. */
function compared(
  effects: Effects,
  task: TaskEffects,
  { records }: EffectRun,
  i: number,
  stage: number,
): ReturnType<typeof compareOutput> | null {
  const { counts, index, specification, sources, formats } = effects;
  if (specification === null) return null;
  const offset = records.causeOffset[i] ?? 0;
  const effect = task.open.get(offset);
  const decoder = specification.stages[index.stages[stage]?.name ?? ""];
  const source = ofTask(sources.tasks, stage, records.causePartition[i] ?? -1);
  // Else no such committed record (EO3), or f failed.
  const isComparable = decoder !== undefined && isAnswered(source, offset);
  if (isComparable && effect === undefined && hasBit(source.expecting, offset)) {
    counts.again += 1;
    return null;
  }
  const found = isComparable ? compareOutput({ decoder, formats, effect }, records, i) : "incomparable";
  if (found === "incomparable") counts.incomparable += 1;
  else counts.compared += 1;
  return found;
}

function forget({ tasks }: Effects, { records, stages }: EffectRun): void {
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage >= 0) ofTask(tasks, stage, records.causePartition[i] ?? -1).open.delete(records.causeOffset[i] ?? -1);
  }
}
