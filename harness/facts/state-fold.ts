import { slice, type EvidenceBatch, type OffsetCommit, type Records, type Transaction } from "../model/evidence.ts";
import type { ChangelogEntry, ExpectedChange, Specification, StageSpecification } from "../model/pipeline.ts";
import { keyFault, keyIdentity } from "../model/record-key.ts";
import { failureOf } from "./sources.ts";
import { ofTask, perTask, readerOf, type PerTask, type TaskIndex } from "./tasks.ts";

/** Both sides of a task's state: f's live one, and the fold of the committed changelog; and where they differ. */
export interface StateFolds {
  readonly index: TaskIndex;
  readonly specification: Specification;
  readonly tasks: PerTask<TaskState>;
  readonly failures: Set<string>;
  /** What the batch stepped last did: one step per task whose changelog or offset a committed transaction moved. */
  steps: readonly StateStep[];
}

export interface TaskState {
  /** f's changes not yet applied, by source offset. */
  readonly waiting: { readonly offset: number; readonly changes: readonly ExpectedChange[] }[];
  waitingFrom: number;
  /** f's live state: the last change per key, told by its identity (model/record-key.ts), as keys are throughout; every source record below `appliedNext` is in it. */
  readonly live: Map<string, ExpectedChange>;
  appliedNext: number;
  readonly fold: Map<string, FoldedEntry>;
  /** Changelog records below this are folded. */
  foldedNext: number;
  /** Why the two can no longer be compared. */
  lost: string | null;
}

export interface FoldedEntry {
  readonly offset: number;
  readonly schema: string;
  /** Canonical text, null = removed. */
  readonly state: string | null;
}

/** A changelog record as decoded; `undecodable` is a mismatch in itself. */
export interface DecodedChange {
  readonly offset: number;
  readonly entry: DecodedEntry;
}

type StateEntry = Extract<ChangelogEntry, { readonly kind: "state" }>;

/** Keys are identities. `ambiguous`: the specification gives a text that may stand for several keys. */
type DecodedEntry =
  | Extract<ChangelogEntry, { readonly kind: "position" }>
  | (Omit<StateEntry, "key"> & { readonly key: string })
  | { readonly kind: "undecodable" | "ambiguous"; readonly why: string };

/** What one committed transaction did to one task's changelog, and what f says about it. */
export interface StateStep {
  readonly stage: number;
  readonly partition: number;
  readonly task: TaskState;
  readonly decoded: readonly DecodedChange[];
  readonly records: Records | null;
  readonly commit: OffsetCommit | null;
  /** The committed offset that state is compared at; null: it cannot be told. */
  readonly next: number | null;
  /** Of the keys touched, those whose two sides were compared; none where `next` is null. */
  readonly compared: number;
  /** Keys whose schema f does not know. */
  readonly incomparable: number;
  readonly differences: readonly StateDifference[];
}

export interface StateDifference {
  readonly key: string;
  readonly expected: string;
  readonly actual: string;
}

export function beginFolds(index: TaskIndex, specification: Specification): StateFolds {
  const make = (): TaskState => ({
    waiting: [],
    waitingFrom: 0,
    live: new Map(),
    appliedNext: 0,
    fold: new Map(),
    foldedNext: 0,
    lost: null,
  });
  const failures = new Set(
    [...index.byChangelog.values()].flatMap((stage) => unfolded(index, specification, stage) ?? []),
  );
  return { index, specification, tasks: perTask(make), failures, steps: [] };
}

/** Why the changelog of the stage cannot be compared with f; null: it can. */
function unfolded(index: TaskIndex, specification: Specification, stage: number): string | null {
  const { name, sources } = index.stages[stage] ?? { name: "?", sources: [] };
  if (sources.length > 1)
    return `Stage ${name} reads ${sources.join(" and ")}: no log tells in which order it read them, so its state was not compared.`;
  const decoder = specification.stages[name];
  if (decoder !== undefined && decoder.changelog === undefined)
    return `The specification does not decode the changelog of ${name}: export \`changelog\` for it.`;
  return null;
}

/** Undefined: the stage's changelog is not compared, and `failures` says why, or it has none. */
function decoderOf({ index, specification }: StateFolds, stage: number): StageSpecification | undefined {
  const { name, changelog } = index.stages[stage] ?? { name: "?", changelog: null };
  if (changelog === null || unfolded(index, specification, stage) !== null) return undefined;
  return specification.stages[name];
}

export function stepFolds(all: StateFolds, batch: EvidenceBatch): void {
  learnChanges(all, batch);
  const isCommitted = batch.kind === "transaction" && batch.transaction.outcome === "committed";
  all.steps = isCommitted ? stepsOf(all, batch.transaction) : [];
}

/** Takes f's answers in; marks tasks whose changelog an undecided transaction touches. */
function learnChanges(all: StateFolds, batch: EvidenceBatch): void {
  if (batch.kind === "transaction" && (batch.transaction.outcome === "gap" || batch.transaction.outcome === "pending"))
    markUndecided(all, batch.transaction);
  if (batch.kind !== "source") return;
  const stage = readerOf(all.index, batch);
  if (stage === undefined) return;
  const task = ofTask(all.tasks, stage, batch.partition);
  if (batch.expected === null) {
    const failure = failureOf(batch.stage, batch.partition, batch.failure);
    all.failures.add(failure);
    task.lost ??= failure;
    return;
  }
  for (let i = 0; i < batch.expected.length; i++) {
    const changes = batch.expected[i]?.changes ?? [];
    if (changes.length > 0) task.waiting.push({ offset: batch.records.offsets[i] ?? 0, changes });
  }
}

/** One step per task whose changelog or offset this committed transaction moves; none where the fold is lost. */
function stepsOf(all: StateFolds, transaction: Transaction): readonly StateStep[] {
  const steps: StateStep[] = [];
  for (const part of transaction.parts) {
    const stage = all.index.byChangelog.get(part.topic);
    const decoder = stage === undefined ? undefined : decoderOf(all, stage);
    if (stage === undefined || decoder === undefined || part.records.count === 0) continue;
    const commit = commitOf(all.index, transaction, stage, part.partition);
    steps.push(stepTask(all, { stage, partition: part.partition, decoder, records: part.records, commit }));
  }
  for (const commit of transaction.commits) {
    const stage = all.index.byGroup.get(`${commit.group}/${commit.topic}`);
    if (stage === undefined || decoderOf(all, stage) === undefined) continue;
    if (!steps.some((step) => step.stage === stage && step.partition === commit.partition))
      steps.push(stepTask(all, { stage, partition: commit.partition, decoder: null, records: null, commit }));
  }
  return steps.filter(({ task }) => task.lost === null);
}

/** The key's disagreement between fold and f; null when they agree, `incomparable` when f does not know the schema. */
function disagreement(
  task: TaskState,
  key: string,
): { readonly expected: string; readonly actual: string } | "incomparable" | null {
  const folded = task.fold.get(key);
  const state = task.live.get(key)?.state ?? null;
  const actual = folded?.state ?? null;
  if (actual === null || folded === undefined) {
    if (state === null) return null;
    return { expected: textOrNull(state, "1") ?? "a state", actual: folded === undefined ? "absent" : "removed" };
  }
  if (state === null) return { expected: "no state", actual };
  const expected = textOrNull(state, folded.schema);
  if (expected === null) return "incomparable";
  return expected === actual ? null : { expected, actual };
}

export function textOrNull(state: (schema: string) => string, schema: string): string | null {
  try {
    return state(schema);
  } catch {
    return null;
  }
}

interface TaskStep {
  readonly stage: number;
  readonly partition: number;
  readonly decoder: StageSpecification | null;
  readonly records: Records | null;
  readonly commit: OffsetCommit | null;
}

function stepTask(all: StateFolds, { stage, partition, decoder, records, commit }: TaskStep): StateStep {
  const task = ofTask(all.tasks, stage, partition);
  const touched = new Set<string>();
  const decoded = decoder === null || records === null ? [] : decode(decoder, records);
  const first = decoded[0];
  if (first !== undefined && first.offset < task.foldedNext)
    task.lost ??= `Transactions of ${stageName(all, stage)}-${partition} came out of the changelog's order.`;
  for (const { offset, entry } of decoded) {
    if (entry.kind === "state") {
      task.fold.set(entry.key, { offset, schema: entry.schema, state: entry.state });
      touched.add(entry.key);
    }
    if (entry.kind === "ambiguous") task.lost ??= `${stageName(all, stage)}-${partition}: ${entry.why}.`;
    task.foldedNext = offset + 1;
  }
  const next = commit?.nextOffset ?? positionOf(decoded);
  if (next !== null && next >= task.appliedNext) applyBelow(task, next, touched);
  // A position that went back is OF1's matter: f cannot go back, so this commit is not compared.
  const comparable = next !== null && next >= task.appliedNext ? next : null;
  const comparison = comparable === null ? nothingCompared : compare(task, touched);
  return { stage, partition, task, decoded, records, commit, next: comparable, ...comparison };
}

type Comparison = Pick<StateStep, "compared" | "incomparable" | "differences">;
const nothingCompared: Comparison = { compared: 0, incomparable: 0, differences: [] };

/** Keys written here, or changed by f since the commit before: the only ones whose equality can have changed. */
function compare(task: TaskState, touched: ReadonlySet<string>): Comparison {
  const differences: StateDifference[] = [];
  let incomparable = 0;
  for (const key of touched) {
    const found = disagreement(task, key);
    if (found === "incomparable") incomparable += 1;
    else if (found !== null) differences.push({ key, ...found });
    else forgetRemoved(task, key);
  }
  return { compared: touched.size - incomparable, incomparable, differences };
}

/** A key that both sides have removed is as one that never was. */
function forgetRemoved({ fold, live }: TaskState, key: string): void {
  if ((fold.get(key)?.state ?? null) !== null) return;
  fold.delete(key);
  live.delete(key);
}

function applyBelow(task: TaskState, next: number, touched: Set<string>): void {
  let head = task.waiting[task.waitingFrom];
  while (head !== undefined && head.offset < next) {
    for (const change of head.changes) {
      const key = keyIdentity(change.key);
      task.live.set(key, change);
      touched.add(key);
    }
    task.waitingFrom += 1;
    head = task.waiting[task.waitingFrom];
  }
  if (task.waitingFrom > 4096) {
    task.waiting.splice(0, task.waitingFrom);
    task.waitingFrom = 0;
  }
  task.appliedNext = next;
}

function decode(decoder: StageSpecification, records: Records): readonly DecodedChange[] {
  const decoded: DecodedChange[] = [];
  for (let i = 0; i < records.count; i++) {
    const offset = records.offsets[i] ?? 0;
    const key = slice(records.bytes, records.keyAt, i);
    if (key === null) {
      decoded.push({ offset, entry: { kind: "undecodable", why: "it has no key" } });
      continue;
    }
    try {
      const entry = decoder.changelog?.(key, slice(records.bytes, records.valueAt, i));
      decoded.push({ offset, entry: entryOf(entry) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      decoded.push({ offset, entry: { kind: "undecodable", why } });
    }
  }
  return decoded;
}

function entryOf(entry: ChangelogEntry | undefined): DecodedEntry {
  if (entry === undefined) return { kind: "undecodable", why: "the specification says nothing of it" };
  if (entry.kind === "position") return entry;
  const why = keyFault(entry.key);
  if (why !== null) return { kind: "ambiguous", why };
  const identity = keyIdentity(entry.key);
  if (isNamed(entry, identity)) return entry;
  const { kind, schema, state } = entry;
  return { kind, key: identity, schema, state };
}

/** The specification named the key by its identity already, as ASCII text is. */
function isNamed(entry: StateEntry, identity: string): entry is StateEntry & { readonly key: string } {
  return entry.key === identity;
}

function positionOf(decoded: readonly DecodedChange[]): number | null {
  const position = decoded.find(({ entry }) => entry.kind === "position")?.entry;
  return position?.kind === "position" ? position.nextOffset : null;
}

function commitOf(index: TaskIndex, transaction: Transaction, stage: number, partition: number): OffsetCommit | null {
  const spec = index.stages[stage];
  const own = transaction.commits.filter(
    ({ group, topic, partition: of }) => group === spec?.group && topic === spec.source && of === partition,
  );
  return own.toSorted((a, b) => b.at.offset - a.at.offset)[0] ?? null;
}

function markUndecided(all: StateFolds, transaction: Transaction): void {
  for (const part of transaction.parts) {
    const stage = all.index.byChangelog.get(part.topic);
    if (stage === undefined || part.records.count === 0) continue;
    const task = ofTask(all.tasks, stage, part.partition);
    task.lost ??= `A transaction of ${stageName(all, stage)}-${part.partition} is undecided (${transaction.why ?? transaction.outcome}).`;
  }
}

function stageName(all: StateFolds, stage: number): string {
  return all.index.stages[stage]?.name ?? "?";
}
