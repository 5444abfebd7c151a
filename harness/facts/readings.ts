import type { EvidenceBatch, LogRef, Transaction } from "../model/evidence.ts";
import type { ExpectedEffect } from "../model/pipeline.ts";
import { keyIdentity } from "../model/record-key.ts";
import type { CommitRow, TaskRow } from "./commit-rows.ts";
import { asExpected, type EffectRun, type Effects } from "./effects.ts";
import { twinOf } from "./guesses.ts";
import { isRunning, versionOf, type MemberLives } from "./member-lives.ts";
import { ofTask, perTask, readerOf, sourceOf, writerOf, type PerTask, type TaskIndex } from "./tasks.ts";

/**
 * Who answered from bytes that whom had written, and how often that was right: the state of a key that another session left, or a
 * record that another stage wrote. Only answers where nothing else is in doubt are counted: states that were right so far, and no
 * second foreign reading beside the one.
 */
export interface Readings {
  readonly lives: MemberLives;
  readonly index: TaskIndex;
  /** Null: the run has no upgrade, or nothing says what is right. */
  readonly effects: Effects | null;
  readonly tasks: PerTask<TaskReading>;
  readonly states: Tallies;
  readonly inputs: Tallies;
  /** What the old version read of the new one's bytes once the upgrade had turned back. */
  readonly back: { readonly states: Tallies; readonly inputs: Tallies };
  /** Answers that needed no bytes of others: the reader is the writer. */
  readonly fresh: Tallies;
}

/** By stage, then by `reader/writer`. */
export type Tallies = Map<string, Tally>[];

export interface Tally {
  right: number;
  wrong: number;
  first: Wrong | null;
}

/** A wrong answer: where it lies, and to what. */
export interface Wrong {
  readonly stage: number;
  readonly cause: LogRef;
  readonly at: LogRef;
  readonly transaction: Transaction;
  readonly expected: string;
  readonly actual: string;
}

interface TaskReading {
  /** Source records that no commit has covered yet, from `head` on. */
  readonly waiting: Waiting[];
  head: number;
  readonly keys: Map<string, Origin>;
  next: number;
  /** A transaction of the task is undecided, or its offsets went back: who read what can no longer be told. */
  isLost: boolean;
}

interface Waiting {
  readonly offset: number;
  readonly effect: ExpectedEffect;
  /** The version that wrote the record, where a stage did; null: the workload. */
  readonly writer: string | null;
}

/** Who wrote a key's state last. */
interface Origin {
  readonly version: string;
  readonly session: string;
  /** All that was answered from it so far was right. */
  readonly isSound: boolean;
}

export function beginReadings(effects: Effects, lives: MemberLives): Readings {
  return {
    lives,
    index: effects.index,
    effects: lives.roll === null || effects.specification === null ? null : effects,
    tasks: perTask(() => ({ waiting: [], head: 0, keys: new Map(), next: 0, isLost: false })),
    states: [],
    inputs: [],
    back: { states: [], inputs: [] },
    fresh: [],
  };
}

/** To be called after `stepEffects`. */
export function stepReadings(all: Readings, batch: EvidenceBatch, rows: readonly TaskRow[]): void {
  const { effects } = all;
  if (effects === null) return;
  if (batch.kind === "source") learnSource(all, batch);
  if (batch.kind === "plain-commit") for (const { stage, partition } of rows) lose(ofTask(all.tasks, stage, partition));
  if (batch.kind !== "transaction" || batch.transaction.outcome === "aborted") return;
  const { transaction } = batch;
  const answers = answersIn(effects);
  for (const { stage, partition, row } of rows)
    stepTask(all, { stage, partition, row, transaction, answers: ofTask(answers, stage, partition) });
}

/** How the outputs of a task's causes were in this batch, by the offset of the cause. */
interface Answers {
  /** How many are as expected. */
  readonly right: Map<number, number>;
  /** Of these some were not compared, or are no certain effect of it. */
  readonly unclear: Set<number>;
  /** The first that is not as expected. */
  readonly wrong: Map<number, { readonly at: LogRef; readonly expected: string; readonly actual: string }>;
}

function answersIn({ runs, mismatches }: Effects): PerTask<Answers> {
  const answers = perTask((): Answers => ({ right: new Map(), unclear: new Set(), wrong: new Map() }));
  for (const run of runs) if (run.outcome === "committed") addAnswers(answers, run);
  for (const { run, i, stage, cause, expected, actual } of mismatches) {
    const { topic, partition, offsets } = run.records;
    if (twinOf(run.records, i) !== null) continue;
    const { wrong } = ofTask(answers, stage, cause.partition);
    const at = { topic, partition, offset: offsets[i] ?? 0 };
    if (!wrong.has(cause.offset)) wrong.set(cause.offset, { at, expected, actual });
  }
  return answers;
}

function addAnswers(answers: PerTask<Answers>, { records, stages, verdicts }: EffectRun): void {
  for (let i = 0; i < records.count; i++) {
    const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
    if (stage < 0) continue;
    const { right, unclear } = ofTask(answers, stage, records.causePartition[i] ?? -1);
    const cause = records.causeOffset[i] ?? -1;
    // A cause that the audit chose among several explains nothing for certain.
    if (verdicts[i] === asExpected && twinOf(records, i) === null) right.set(cause, (right.get(cause) ?? 0) + 1);
    else unclear.add(cause);
  }
}

function learnSource(all: Readings, batch: Extract<EvidenceBatch, { readonly kind: "source" }>): void {
  const stage = readerOf(all.index, batch);
  if (stage === undefined) return;
  const task = ofTask(all.tasks, stage, batch.partition);
  if (batch.expected === null) lose(task);
  if (task.isLost) return;
  const isOwn = all.index.bySink.has(batch.records.topic);
  const expected = batch.expected ?? [];
  for (let i = 0; i < expected.length; i++) {
    const effect = expected[i];
    // Without an output it answers nothing, without a change it leaves nothing behind.
    if (effect === undefined || effect.outputs.length + effect.changes.length === 0) continue;
    const writer = isOwn ? (versionOf(all.lives, writerOf(batch.records, i)) ?? "?") : null;
    task.waiting.push({ offset: batch.records.offsets[i] ?? 0, effect, writer });
  }
}

/** From here on nothing is told of the task, and nothing is kept. */
function lose(task: TaskReading): void {
  task.isLost = true;
  task.waiting.length = 0;
  task.keys.clear();
}

interface Step {
  readonly stage: number;
  readonly partition: number;
  readonly row: CommitRow;
  readonly transaction: Transaction;
  readonly answers: Answers;
}

function stepTask(all: Readings, step: Step): void {
  const task = ofTask(all.tasks, step.stage, step.partition);
  const next = step.row.commit?.nextOffset ?? null;
  if (step.row.outcome !== "committed" || next === null || next < task.next) lose(task);
  if (task.isLost) return;
  task.next = next ?? 0;
  const reader = readingBy(all, step);
  let one = task.waiting[task.head];
  while (one !== undefined && one.offset < task.next) {
    answer(all, task, reader, one);
    task.head += 1;
    one = task.waiting[task.head];
  }
  if (task.head <= 4096) return;
  task.waiting.splice(0, task.head);
  task.head = 0;
}

/** Who answers in one transaction, and what it leaves behind in the keys: the same for all of its answers. */
interface Reader {
  readonly step: Step;
  readonly version: string | null;
  readonly session: string;
  readonly sound: Origin;
  readonly unsound: Origin;
}

function readingBy({ lives }: Readings, step: Step): Reader {
  const version = versionOf(lives, step.row.writer);
  const session = `${step.row.producer} ${step.row.writer ?? ""}`;
  const of = { version: version ?? "?", session };
  return { step, version, session, sound: { ...of, isSound: true }, unsound: { ...of, isSound: false } };
}

function answer(all: Readings, task: TaskReading, reader: Reader, waiting: Waiting): void {
  const { step, version, sound, unsound } = reader;
  const { offset, effect, writer } = waiting;
  const { right, unclear, wrong } = step.answers;
  const due = effect.outputs.length;
  const given = due === 0 ? undefined : wrong.get(offset);
  const isRight = due > 0 && given === undefined && right.get(offset) === due && !unclear.has(offset);
  let isSound = true;
  let isForeign = false;
  for (const { key } of effect.changes) {
    const origin = task.keys.get(keyIdentity(key));
    if (origin === undefined) continue;
    if (!origin.isSound) isSound = false;
    if (origin.session !== reader.session) isForeign = true;
  }
  if (version !== null && isSound && (given !== undefined || isRight)) {
    const foreign = isForeign ? foreignTo(reader, task, effect) : [];
    count(
      all,
      { stage: step.stage, version, writer, foreign },
      given === undefined ? null : wrongOf(all, step, offset),
    );
  }
  const origin = isSound && (due === 0 || isRight) ? sound : unsound;
  for (const { key, state } of effect.changes)
    // State of an unknown writer counts as none: a wrong answer from it is then nobody's misreading.
    if (state === null || version === null) task.keys.delete(keyIdentity(key));
    else task.keys.set(keyIdentity(key), origin);
}

/** Where the answer began from another session's state. */
function foreignTo({ session }: Reader, { keys }: TaskReading, { changes }: ExpectedEffect): readonly Origin[] {
  return changes.flatMap(({ key }) => keys.get(keyIdentity(key)) ?? []).filter((origin) => origin.session !== session);
}

function wrongOf({ index }: Readings, { stage, partition, transaction, answers }: Step, offset: number): Wrong | null {
  const given = answers.wrong.get(offset);
  const cause = { topic: sourceOf(index, stage), partition, offset };
  return given === undefined ? null : { stage, cause, transaction, ...given };
}

interface Read {
  readonly stage: number;
  readonly version: string;
  readonly writer: string | null;
  readonly foreign: readonly Origin[];
}

/** Counts the answer under the one thing that it was read from; not at all where there are two. */
function count(all: Readings, { stage, version, writer, foreign }: Read, wrong: Wrong | null): void {
  const state = foreign[0]?.version;
  const isOwnInput = writer === null || writer === version;
  if (foreign.some((origin) => origin.version !== state) || (state !== undefined && !isOwnInput)) return;
  const { roll, hasTurned } = all.lives;
  const isBack = (of: string): boolean => hasTurned && version === roll?.from && of === roll.to;
  // The old version may read what the new one wrote while both run; once the new one is gone it is a rollback's matter.
  const isRolledBack = (of: string): boolean => version === roll?.from && of === roll.to && !isRunning(all.lives, of);
  if (state !== undefined && isBack(state)) tally(all.back.states, stage, `${version}/${state}`, wrong);
  if (state !== undefined && !isRolledBack(state)) tally(all.states, stage, `${version}/${state}`, wrong);
  if (state !== undefined) return;
  if (writer !== null && isBack(writer)) tally(all.back.inputs, stage, `${version}/${writer}`, wrong);
  if (writer !== null && !isRolledBack(writer)) tally(all.inputs, stage, `${version}/${writer}`, wrong);
  if (isOwnInput) tally(all.fresh, stage, `${version}/${version}`, wrong);
}

function tally(to: Tallies, stage: number, pair: string, wrong: Wrong | null): void {
  const own = (to[stage] ??= new Map());
  const known = own.get(pair) ?? { right: 0, wrong: 0, first: null };
  own.set(pair, known);
  if (wrong === null) known.right += 1;
  else known.wrong += 1;
  known.first ??= wrong;
}
