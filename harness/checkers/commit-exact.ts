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
 */
import { recordRef, type EvidenceEnd, type OffsetCommit } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  absent,
  absentInTopic,
  addAnomaly,
  conclude,
  joined,
  listAnomalies,
  notApplicable,
  present,
  refOf,
  startAnomalies,
  whole,
  type AnomalyBody,
} from "./anomalies.ts";
import { inCommitOrder, keepRows, startRows, unreadableDoubts, type CommitRow } from "./commit-rows.ts";
import { learnEffects, type EffectOffsets } from "./effect-offsets.ts";
import { allowedByGuarantee, missingSpecification } from "./guarantee.ts";
import { firstBit, startBits } from "./paged-bits.ts";
import { eachTask, indexTasks, ofTask, perTask, sourceOf, taskName } from "./tasks.ts";

const id = "CK3";
const name = "commit exact";
const unit = "committed transactions of a task";

interface State extends EffectOffsets {
  readonly context: CheckerContext;
  readonly rows: ReturnType<typeof startRows>;
  end: EvidenceEnd | null;
}

export const commitExact: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    rows: startRows(),
    expecting: perTask(() => startBits()),
    failures: new Set(),
    end: null,
  }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    if (batch.kind === "source") learnEffects(state, batch);
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const { context } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.offsets !== "in-transaction")
      return notApplicable(id, name, unit, "The pipeline does not commit its offsets in its transactions.");
    const anomalies = startAnomalies();
    let examined = 0;
    eachTask(state.rows, (rows, stage, partition) => {
      examined += judgeTask(state, { rows, stage, partition }, anomalies);
    });
    const missing = missingSpecification(context);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [...state.failures, ...(missing === null ? [] : [missing]), ...unreadableDoubts(state.rows)],
      idle: "No transaction of a task was committed.",
    });
  },
};

interface Task {
  readonly rows: readonly CommitRow[];
  readonly stage: number;
  readonly partition: number;
}

function judgeTask(state: State, task: Task, anomalies: ReturnType<typeof startAnomalies>): number {
  const name = taskName(state.index, task.stage, task.partition);
  let examined = 0;
  for (const row of task.rows) {
    if (row.outcome !== "committed" || row.commit !== null || row.records === 0) continue;
    examined += 1;
    addAnomaly(anomalies, id, `${name}/none`, () => noCommit(state, task, row));
  }
  let before: OffsetCommit | null = null;
  let certain = true;
  for (const row of inCommitOrder(task.rows)) {
    if (row.outcome === "committed") {
      examined += 1;
      const fault = judgeRow(state, { ...task, row, before: certain ? before : null });
      if (fault !== null) addAnomaly(anomalies, id, `${name}/${fault.kind}`, () => fault.body);
    }
    certain = row.outcome !== "undecided";
    if (certain) before = row.commit;
  }
  return examined;
}

interface Judged {
  readonly row: CommitRow & { readonly commit: OffsetCommit };
  readonly before: OffsetCommit | null;
  readonly stage: number;
  readonly partition: number;
}

function judgeRow(state: State, judged: Judged): { readonly kind: string; readonly body: AnomalyBody } | null {
  const { row, before, stage, partition } = judged;
  const { commit, minCause, maxCause } = row;
  const next = commit.nextOffset;
  if (next === null) return null; // a tombstone: OF1
  const source = sourceOf(state.index, stage);
  if (row.commitCount > 1 && row.hasConflict)
    return wrong(state, judged, "several", {
      expected: "one offset commit",
      actual: `${row.commitCount} with different offsets`,
    });
  if (maxCause >= next)
    return wrong(state, judged, "own effect not covered", {
      expected: `a next offset above its own cause ${source}-${partition}@${maxCause}`,
      actual: String(next),
    });
  if (before?.nextOffset != null && minCause < before.nextOffset)
    return wrong(state, judged, "already committed", {
      expected: `causes at or above the committed offset ${before.nextOffset}`,
      actual: `cause ${source}-${partition}@${minCause}`,
    });
  const from = Math.max(maxCause + 1, before?.nextOffset ?? 0, 0);
  const skipped =
    row.hasUnreadable || (maxCause < 0 && before === null)
      ? null
      : firstBit(ofTask(state.expecting, stage, partition), from, next);
  if (skipped !== null)
    return wrong(state, { ...judged, skipped }, "skips", {
      expected: `a next offset of at most ${skipped}: the effect of ${source}-${partition}@${skipped} is not in the transaction`,
      actual: String(next),
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
  { index }: State,
  { row, before, stage, partition, skipped, beyond }: Judged & { readonly skipped?: number; readonly beyond?: number },
  kind: string,
  said: { readonly expected: string; readonly actual: string },
): { readonly kind: string; readonly body: AnomalyBody } {
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
  return { kind, body };
}

function noCommit(state: State, { stage, partition }: Task, row: CommitRow): AnomalyBody {
  const source = sourceOf(state.index, stage);
  return {
    sentence: `A committed transaction of ${row.writer ?? row.transactionalId ?? "a member"} with effects of ${source}-${partition} commits no offset for it.`,
    expected: "one offset commit inside the transaction",
    actual: "none",
    evidence: row.first === null ? [] : [refOf(row.first)],
    restsOn: [
      ...(row.first === null ? [] : [present(row.first.topic, row.first.partition, row.first.offset)]),
      absentInTopic("__consumer_offsets"),
      ...joined(row.prepare),
      ...state.index.causesRestOn,
    ],
    firstBadCommit: row.first === null ? null : refOf(row.first),
    task: taskName(state.index, stage, partition),
    seq: row.seq,
  };
}
