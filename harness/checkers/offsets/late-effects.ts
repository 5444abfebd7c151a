import type { Facts } from "../../facts/facts.ts";
import { rowsOf, type CommitRow } from "../../facts/commit-rows.ts";
import type { EffectRun } from "../../facts/effects.ts";
import { addGuess, choiceOf, noGuesses, type Guesses } from "../../facts/guesses.ts";
import { hasBit } from "../../facts/paged-bits.ts";
import { cameAfter } from "../../facts/read-order.ts";
import { ofTask, perTask, type PerTask } from "../../facts/tasks.ts";
import type { EvidenceBatch, LogRef, OffsetCommit } from "../../model/evidence.ts";

/** Effects outside transactions that were surely not there yet when a commit behind their cause was in force: OF2's part for plain writes. */
export interface LateEffects {
  readonly facts: Facts;
  readonly commits: PerTask<Covered>;
  /** By `stage/partition/cause`. */
  readonly suspects: Map<string, LateEffect>;
  readonly guesses: Guesses;
}

export interface LateEffect {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  readonly at: LogRef;
  readonly commit: OffsetCommit;
}

/** The commits of a task that raised its committed offset, in order. */
interface Covered {
  readonly rising: { readonly next: number; readonly seq: number; readonly commit: OffsetCommit }[];
}

/** A run with more is told by the first of them. */
const suspectsMax = 4096;

export function beginLateEffects(facts: Facts): LateEffects {
  return {
    facts,
    commits: perTask(() => ({ rising: [] })),
    suspects: new Map(),
    guesses: noGuesses(),
  };
}

export function stepLateEffects(late: LateEffects, batch: EvidenceBatch): void {
  for (const { stage, partition, row } of rowsOf(late.facts.index, batch))
    learnCommit(ofTask(late.commits, stage, partition), row);
  const { effects } = late.facts;
  for (const { stage, cause } of effects.repeats) late.suspects.delete(keyOf(stage, cause.partition, cause.offset));
  for (const run of effects.runs)
    if (run.transaction === null) {
      const again = new Set(effects.repeats.filter((repeat) => repeat.run === run).map(({ i }) => i));
      for (let i = 0; i < run.records.count; i += 1) if (!again.has(i)) look(late, run, i);
    }
}

/** Of those whose cause has no other effect: another one may have come in time. */
export function lateEffects({ facts, suspects }: LateEffects): readonly LateEffect[] {
  return [...suspects.values()].filter(
    ({ stage, partition, cause }) => !hasBit(ofTask(facts.effects.tasks, stage, partition).seen, cause),
  );
}

function look(late: LateEffects, { records, stages }: EffectRun, i: number): void {
  const stage = stages[records.causeTopic[i] ?? -1] ?? -1;
  if (stage < 0 || late.suspects.size >= suspectsMax) return;
  const { facts } = late;
  const [partition, cause] = [records.causePartition[i] ?? -1, records.causeOffset[i] ?? -1];
  const first = firstBehind(ofTask(late.commits, stage, partition), cause);
  if (first === undefined) return;
  const at = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
  if (!cameAfter(facts.readOrder, at, first.seq)) return;
  const choice = choiceOf(records, i);
  if (choice !== null) addGuess(late.guesses, choice);
  else late.suspects.set(keyOf(stage, partition, cause), { stage, partition, cause, at, commit: first.commit });
}

function learnCommit({ rising }: Covered, { commit, outcome, seq }: CommitRow): void {
  const next = commit?.nextOffset ?? -1;
  if (commit === null || outcome === "undecided" || next <= (rising.at(-1)?.next ?? 0)) return;
  rising.push({ next, seq, commit });
}

/** The first commit that takes the offset as done. */
function firstBehind({ rising }: Covered, offset: number): Covered["rising"][number] | undefined {
  let from = 0;
  let to = rising.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((rising[middle]?.next ?? 0) > offset) to = middle;
    else from = middle + 1;
  }
  return rising[from];
}

function keyOf(stage: number, partition: number, cause: number): string {
  return `${stage}/${partition}/${cause}`;
}
