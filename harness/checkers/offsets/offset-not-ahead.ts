/**
 * OF2, offset not ahead: at a commit of next offset n, a committed source record below n for which f expects an effect
 * has none in this or an earlier committed transaction.
 *
 * Verified: every committed source record that expects an output, against the first commit in force that covers it.
 * Effects outside transactions count for nothing where the pipeline's effects are transactional (exactly-once, offsets in
 * transactions). Elsewhere they are late when the tail shows it: it had recorded the commit, asked the sink's partition again, and
 * was answered that the effect was not readable yet (facts/read-order.ts).
 * Not verified: effects that change state only (ST1); plain effects that follow their commit faster than the tail reads.
 * Soundness in mixed situations: absence is proven against every committed transaction that is not provably later. Later
 * is only what commits an offset of the same task whose record lies behind the moment the covering commit came in force
 * (a plain commit's own record, a transactional one's marker) in the same offsets log. Undecided transactions count as
 * early and as seen; the source log must be whole below the record.
 */
import { unplacedIn } from "../../facts/effects.ts";
import type { Facts } from "../../facts/facts.ts";
import { recordRef, type EvidenceEnd, type OffsetCommit, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies } from "../anomalies.ts";
import { absentInTopic, joined, present, whole } from "../../facts/reliances.ts";
import type { CommitRow } from "../../facts/commit-rows.ts";
import { rowsIn, type KeptRows } from "../../facts/kept-rows.ts";
import { guessDoubts } from "../../facts/guesses.ts";
import { beginLateEffects, lateEffects, stepLateEffects, type LateEffect, type LateEffects } from "./late-effects.ts";
import { isTransactional } from "../../facts/transactional.ts";
import { specificationDoubts } from "../guarantee.ts";
import { countBelow, eachMissing, hasBit } from "../../facts/paged-bits.ts";
import { eachTask, ofTask, sourceOf, taskName, type TaskIndex } from "../../facts/tasks.ts";

const id = "OF2";
const name = "offset not ahead";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  /** Null: where effects are transactional. */
  readonly late: LateEffects | null;
  end: EvidenceEnd | null;
}

export const offsetNotAhead: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    late: isTransactional(context) ? null : beginLateEffects(context.facts),
    end: null,
  }),
  step(state, batch) {
    if (state.late !== null) stepLateEffects(state.late, batch);
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const anomalies = beginAnomalies();
    let examined = 0;
    eachTask(state.facts.rows, (rows, stage, partition) => {
      examined += judgeTask(state, { rows, stage, partition }, anomalies);
    });
    for (const late of state.late === null ? [] : lateEffects(state.late)) describeLate(state, late, anomalies);
    const doubts = [
      ...(state.late === null ? [] : guessDoubts(state.late.guesses)),
      ...state.facts.sources.failures,
      ...specificationDoubts(state.context),
      ...(state.end === null ? [notEnded] : []),
    ];
    const unplaced = unplacedIn(state.facts.effects.counts);
    if (unplaced > 0)
      doubts.push(`${unplaced} outputs name no readable cause: have the pipeline write rp-source headers.`);
    return conclude({
      invariant: id,
      name,
      unit: "source records covered by a commit",
      examined,
      anomalies: unplaced > 0 ? [] : listAnomalies(anomalies),
      doubts,
      idle: "No commit covered a source record that expects an output.",
    });
  },
};

interface Task {
  readonly rows: KeptRows;
  readonly stage: number;
  readonly partition: number;
}

interface InForce {
  readonly row: CommitRow;
  readonly commit: OffsetCommit;
  readonly next: number;
  readonly at: number;
}

function judgeTask(
  state: State,
  { rows: kept, stage, partition }: Task,
  anomalies: ReturnType<typeof beginAnomalies>,
): number {
  const rows = rowsIn(kept);
  const { index, sources, effects } = state.facts;
  const { expecting } = ofTask(sources.tasks, stage, partition);
  const { seen, plain, superseded } = ofTask(effects.tasks, stage, partition);
  const plainCounts = state.late !== null;
  const commits = rows.flatMap((row): InForce[] =>
    row.outcome === "undecided" || row.commit?.nextOffset == null || row.inForceAt === null
      ? []
      : [{ row, commit: row.commit, next: row.commit.nextOffset, at: row.inForceAt }],
  );
  let covered = 0;
  for (const inForce of commits.toSorted((a, b) => a.at - b.at)) {
    if (inForce.next <= covered) continue;
    const from = covered;
    covered = inForce.next;
    const { minCause, maxCause } = inForce.row;
    let early: readonly CommitRow[] | null = null;
    eachMissing(expecting, null, { from, to: inForce.next }, (cause) => {
      if (hasBit(superseded.offsets, cause)) return;
      const isPlain = hasBit(plain, cause);
      if (isPlain && plainCounts) return;
      if (hasBit(seen, cause)) {
        if (cause >= minCause && cause <= maxCause) return;
        // Its effect is not this commit's own: look for any transaction that is not provably later.
        early ??= rows.filter(
          ({ outcome, commit }) => outcome === "undecided" || commit === null || commit.at.offset <= inForce.at,
        );
        if (early.some((row) => cause >= row.minCause && cause <= row.maxCause)) return;
      }
      describe(index, { stage, partition, cause, inForce, seen: hasBit(seen, cause), isPlain }, anomalies);
    });
  }
  return countBelow(expecting, covered);
}

function describeLate(
  { facts }: State,
  { stage, partition, cause, at, commit }: LateEffect,
  anomalies: ReturnType<typeof beginAnomalies>,
): void {
  const { index } = facts;
  const source = sourceOf(index, stage);
  const task = taskName(index, stage, partition);
  addAnomaly(anomalies, id, `${task}/plain`, () => ({
    sentence: `The commit of offset ${commit.nextOffset} was in force before the effect of ${source}-${partition}@${cause} was written.`,
    expected: "an effect that is written before its commit",
    actual: `${at.topic}-${at.partition} was read after the commit, and its record ${at.offset} was not there yet`,
    evidence: [recordRef(source, partition, cause), refOf(at), refOf(commit.at)],
    restsOn: [
      present(source, partition, cause),
      present(at.topic, at.partition, at.offset),
      present(commit.at.topic, commit.at.partition, commit.at.offset),
      ...index.causesRestOn,
      ...(index.stages[stage]?.sinks ?? []).map(absentInTopic),
    ],
    firstBadCommit: refOf(commit.at),
    task,
    seq: commit.seq,
  }));
}

interface Ahead {
  readonly stage: number;
  readonly partition: number;
  readonly cause: number;
  readonly inForce: InForce;
  readonly seen: boolean;
  readonly isPlain: boolean;
}

function describe(
  index: TaskIndex,
  { stage, partition, cause, inForce, seen, isPlain }: Ahead,
  anomalies: ReturnType<typeof beginAnomalies>,
): void {
  const task = taskName(index, stage, partition);
  const { at, seq } = inForce.commit;
  addAnomaly(anomalies, id, `${task}/${seen}`, () => ({
    sentence: `The commit of offset ${inForce.next} was in force before the effect of ${sourceOf(index, stage)}-${partition}@${cause} was committed.`,
    expected: "an effect in this or an earlier committed transaction",
    actual: seen
      ? "an effect in a later transaction only"
      : `no effect in any committed transaction${isPlain ? ", only one outside of them" : ""}`,
    evidence: [recordRef(sourceOf(index, stage), partition, cause), refOf(at)],
    restsOn: [
      present(sourceOf(index, stage), partition, cause),
      present(at.topic, at.partition, at.offset),
      ...joined(inForce.row.prepare),
      ...index.causesRestOn,
      whole(sourceOf(index, stage), partition, cause),
      ...(index.stages[stage]?.sinks ?? []).map(absentInTopic),
    ],
    firstBadCommit: refOf(at),
    task,
    seq,
  }));
}
