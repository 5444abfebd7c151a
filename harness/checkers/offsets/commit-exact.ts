/**
 * CK3, commit exact: within a committed transaction of a task, previous committed offset <= every cause < its own offset
 * commit; exactly one offset commit for that source partition, and inside the transaction; next offset = 1 + the last
 * source offset whose effects are in it or for which f expects none.
 *
 * Verified: every committed transaction with outputs or changelog records of a task, and every one with its offset
 * commit. Offsets without a committed record (markers, aborted records) count as expecting none.
 * Not verified: pipelines that keep offsets elsewhere (not applicable); gaps below the first cause (OF2, EO2).
 * Soundness in mixed situations: a commit record repeated with the same value counts as one (a retried request writes
 * two); the previous committed offset is not judged where an undecided transaction lies between. Records that f has no
 * answer for count as expecting none.
 * A cause that the audit chose among several convicts nobody.
 */
import type { Facts } from "../../facts/facts.ts";
import { recordRef, type EvidenceEnd, type OffsetCommit, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { absent, absentInTopic, joined, present, whole } from "../../facts/reliances.ts";
import type { CommitRow } from "../../facts/commit-rows.ts";
import { inCommitOrder, rowsIn, unreadableDoubts, type CommittingRow, type KeptRows } from "../../facts/kept-rows.ts";
import { addGuess, guessDoubts, noGuesses, type Guesses } from "../../facts/guesses.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import { firstBit } from "../../facts/paged-bits.ts";
import { eachTask, ofTask, sourceOf, taskName } from "../../facts/tasks.ts";

const id = "CK3";
const name = "commit exact";
const unit = "committed transactions of a task";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly guesses: Guesses;
  end: EvidenceEnd | null;
}

export const commitExact: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    guesses: noGuesses(),
    end: null,
  }),
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const { context } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.offsets !== "in-transaction")
      return notApplicable(id, name, unit, "The pipeline does not commit its offsets in its transactions.");
    const anomalies = beginAnomalies();
    let examined = 0;
    eachTask(state.facts.rows, (rows, stage, partition) => {
      examined += judgeTask(state, { rows, stage, partition }, anomalies);
    });
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...state.facts.sources.failures,
        ...specificationDoubts(context),
        ...unreadableDoubts(state.facts.rows),
        ...guessDoubts(state.guesses),
      ],
      idle: "No transaction of a task was committed.",
    });
  },
};

interface Task {
  readonly rows: KeptRows;
  readonly stage: number;
  readonly partition: number;
}

function judgeTask(state: State, task: Task, anomalies: ReturnType<typeof beginAnomalies>): number {
  const name = taskName(state.facts.index, task.stage, task.partition);
  let examined = 0;
  for (const row of rowsIn(task.rows)) {
    if (row.outcome !== "committed" || row.commit !== null || row.records === 0) continue;
    examined += 1;
    if (!row.isPlaced && row.choice !== null) addGuess(state.guesses, row.choice);
    else addAnomaly(anomalies, id, `${name}/none`, () => noCommit(state, task, row));
  }
  let before: OffsetCommit | null = null;
  let certain = true;
  for (const row of inCommitOrder(task.rows)) {
    if (row.outcome === "committed") {
      examined += 1;
      const fault = judgeRow(state, { ...task, row, before: certain ? before : null });
      if (fault?.choice != null) addGuess(state.guesses, fault.choice);
      else if (fault !== null) addAnomaly(anomalies, id, `${name}/${fault.kind}`, () => fault.body);
    }
    certain = row.outcome !== "undecided";
    if (certain) before = row.commit;
  }
  return examined;
}

interface Judged {
  readonly row: CommittingRow;
  readonly before: OffsetCommit | null;
  readonly stage: number;
  readonly partition: number;
}

interface Fault {
  readonly kind: string;
  readonly body: AnomalyBody;
  /** The choice of a cause that the fault rests on; null: it rests on none. */
  readonly choice: string | null;
}

function judgeRow(state: State, judged: Judged): Fault | null {
  const { row, before, stage, partition } = judged;
  const { commit, minCause, maxCause, choice } = row;
  const next = commit.nextOffset;
  if (next === null) return null; // a tombstone: OF1
  const source = sourceOf(state.facts.index, stage);
  if (row.commitCount > 1 && row.hasConflict)
    return wrong(state, judged, "several", {
      expected: "one offset commit",
      actual: `${row.commitCount} with different offsets`,
    });
  if (maxCause >= next)
    return wrong(state, judged, "own effect not covered", {
      expected: `a next offset above its own cause ${source}-${partition}@${maxCause}`,
      actual: String(next),
      choice: row.maxSure >= next ? null : choice,
    });
  if (before?.nextOffset != null && minCause < before.nextOffset)
    return wrong(state, judged, "already committed", {
      expected: `causes at or above the committed offset ${before.nextOffset}`,
      actual: `cause ${source}-${partition}@${minCause}`,
      choice: row.minSure < before.nextOffset ? null : choice,
    });
  const from = Math.max(maxCause + 1, before?.nextOffset ?? 0, 0);
  const skipped =
    row.hasUnreadable || (maxCause < 0 && before === null)
      ? null
      : firstBit(ofTask(state.facts.sources.tasks, stage, partition).expecting, from, next);
  if (skipped !== null)
    return wrong(state, { ...judged, skipped }, "skips", {
      expected: `a next offset of at most ${skipped}: the effect of ${source}-${partition}@${skipped} is not in the transaction`,
      actual: String(next),
      choice,
    });
  const logEnd = state.end?.partitions.find((end) => end.topic === source && end.partition === partition);
  if (logEnd !== undefined && next > logEnd.nextOffset)
    return wrong(state, { ...judged, beyond: logEnd.nextOffset }, "beyond the log", {
      expected: `a next offset of at most ${logEnd.nextOffset}, the log's end`,
      actual: String(next),
    });
  return null;
}

function wrong(
  { facts: { index } }: State,
  { row, before, stage, partition, skipped, beyond }: Judged & { readonly skipped?: number; readonly beyond?: number },
  kind: string,
  { choice = null, ...said }: { readonly expected: string; readonly actual: string; readonly choice?: string | null },
): Fault {
  const source = sourceOf(index, stage);
  const at = row.commit.at;
  const body: AnomalyBody = {
    sentence: `A committed transaction of ${row.writer ?? row.transactionalId ?? "a member"} does not commit the offset of ${source}-${partition} that its effects call for.`,
    ...said,
    evidence: [
      ...(row.first === null ? [] : [refOf(row.first)]),
      ...(skipped === undefined ? [] : [recordRef(source, partition, skipped)]),
      refOf(at),
    ],
    restsOn: [
      present(at.topic, at.partition, at.offset),
      ...joined(row.prepare),
      ...index.causesRestOn,
      ...(row.first === null ? [] : [present(row.first.topic, row.first.partition, row.first.offset)]),
      // No other commit came into force between the two.
      ...(kind === "already committed" || kind === "skips"
        ? [{ ...whole(at.topic, at.partition, at.offset), from: before === null ? 0 : before.at.offset + 1 }]
        : []),
      ...(skipped === undefined ? [] : [whole(source, partition, skipped)]),
      ...(beyond === undefined ? [] : [absent(source, partition, beyond, null)]),
      ...(skipped === undefined ? [] : (index.stages[stage]?.sinks ?? []).map(absentInTopic)),
    ],
    firstBadCommit: refOf(at),
    task: taskName(index, stage, partition),
    seq: row.seq,
  };
  return { kind, body, choice };
}

function noCommit(state: State, { stage, partition }: Task, row: CommitRow): AnomalyBody {
  const source = sourceOf(state.facts.index, stage);
  return {
    sentence: `A committed transaction of ${row.writer ?? row.transactionalId ?? "a member"} with effects of ${source}-${partition} commits no offset for it.`,
    expected: "one offset commit inside the transaction",
    actual: "none",
    evidence: row.first === null ? [] : [refOf(row.first)],
    restsOn: [
      ...(row.first === null ? [] : [present(row.first.topic, row.first.partition, row.first.offset)]),
      absentInTopic("__consumer_offsets"),
      ...joined(row.prepare),
      ...state.facts.index.causesRestOn,
    ],
    firstBadCommit: row.first === null ? null : refOf(row.first),
    task: taskName(state.facts.index, stage, partition),
    seq: row.seq,
  };
}
