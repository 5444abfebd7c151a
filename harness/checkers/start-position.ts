/**
 * OF3, start position: an incarnation's first commit of a task has a cause below the committed offset then in force, or
 * lacks the effect of the first committed source record at or above it for which f expects one (none committed: the
 * source log's start is the policy).
 *
 * Verified: the first transaction with a commit record after each open of a task, where an open is a change of the
 * writer in `rp-writer` (changelog records carry it too), another transactional id, or a new InitProducerId of it. An epoch
 * that the broker raises with every commit (transaction.version 2) is none.
 * Not verified: an open of one incarnation that does not initialise its producer; transactions without an offset commit of their own
 * (CK3); a declared policy other than the log's start.
 * Soundness in mixed situations: order is that of commit records in the offsets log, plain commits included. A start is
 * skipped where an undecided transaction lies between it and the commit before. A first commit that covers only records
 * without effect (duplicates, markers, aborted records) lacks nothing.
 */
import { recordRef, type OffsetCommit } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  absentInTopic,
  addAnomaly,
  conclude,
  joined,
  listAnomalies,
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

const id = "OF3";
const name = "start position";
const unit = "first commits after an open";

interface State extends EffectOffsets {
  readonly context: CheckerContext;
  readonly rows: ReturnType<typeof startRows>;
}

export const startPosition: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    index: indexTasks(context.description),
    rows: startRows(),
    expecting: perTask(() => startBits()),
    failures: new Set(),
  }),
  step(state, batch) {
    keepRows(state.rows, state.index, batch);
    if (batch.kind === "source") learnEffects(state, batch);
    return state;
  },
  finish(state) {
    const allowed = allowedByGuarantee(state.context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const anomalies = startAnomalies();
    let examined = 0;
    eachTask(state.rows, (rows, stage, partition) => {
      examined += judgeTask(state, { rows, stage, partition }, anomalies);
    });
    const missing = missingSpecification(state.context);
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [...state.failures, ...(missing === null ? [] : [missing]), ...unreadableDoubts(state.rows)],
      idle: "No transaction committed both an effect of a task and its offset, so no first commit after an open was seen.",
    });
  },
};

interface Task {
  readonly rows: readonly CommitRow[];
  readonly stage: number;
  readonly partition: number;
}

function judgeTask(
  state: State,
  { rows, stage, partition }: Task,
  anomalies: ReturnType<typeof startAnomalies>,
): number {
  let examined = 0;
  let before: OffsetCommit | null = null;
  let writer: string | null = null;
  let producer: string | null = null;
  let certain = true;
  for (const row of inCommitOrder(rows)) {
    if (row.outcome === "undecided") {
      certain = false;
      continue;
    }
    const isOpen = row.outcome === "committed" && (row.producer !== producer || (row.writer ?? writer) !== writer);
    if (isOpen && certain && row.records > 0) {
      examined += 1;
      const fault = wrongStart(state, { row, before, stage, partition });
      if (fault !== null) addAnomaly(anomalies, id, taskName(state.index, stage, partition), () => fault);
    }
    if (row.outcome === "committed") {
      producer = row.producer;
      writer = row.writer ?? writer;
    }
    before = row.commit;
    certain = true;
  }
  return examined;
}

interface Start {
  readonly row: CommitRow & { readonly commit: OffsetCommit };
  readonly before: OffsetCommit | null;
  readonly stage: number;
  readonly partition: number;
}

function wrongStart({ index, expecting }: State, { row, before, stage, partition }: Start): AnomalyBody | null {
  const inForce = Math.max(before?.nextOffset ?? 0, 0);
  const next = row.commit.nextOffset ?? 0;
  const due = firstBit(ofTask(expecting, stage, partition), inForce, Math.max(next, inForce));
  const isBelow = row.minCause < inForce;
  const lacksDue = due !== null && row.minCause > due && !row.hasUnreadable;
  if (!isBelow && !lacksDue) return null;
  const source = sourceOf(index, stage);
  const sinks = index.stages[stage]?.sinks ?? [];
  const began = Number.isFinite(row.minCause) ? `begins with ${source}-${partition}@${row.minCause}` : "has no effect";
  return {
    sentence: `The first commit of ${row.writer ?? row.transactionalId ?? "a new owner"} for ${source}-${partition} does not begin at the committed offset.`,
    expected: isBelow
      ? `causes at or above the committed offset ${inForce}`
      : `the effect of ${source}-${partition}@${due}, first at or above the committed offset ${inForce}`,
    actual: `its transaction ${began}`,
    evidence: [
      ...(before === null ? [] : [refOf(before.at)]),
      ...(isBelow || due === null ? [] : [recordRef(source, partition, due)]),
      ...(row.first === null ? [] : [refOf(row.first)]),
      refOf(row.commit.at),
    ],
    restsOn: [
      present(row.commit.at.topic, row.commit.at.partition, row.commit.at.offset),
      ...joined(row.prepare),
      ...index.causesRestOn,
      ...(before === null ? [] : [present(before.at.topic, before.at.partition, before.at.offset)]),
      // Nothing else came into force between the two; and, for a lack, f was right about the record.
      {
        ...whole(row.commit.at.topic, row.commit.at.partition, row.commit.at.offset),
        from: before === null ? 0 : before.at.offset + 1,
      },
      ...(isBelow || due === null ? [] : [whole(source, partition, due), ...sinks.map(absentInTopic)]),
    ],
    firstBadCommit: refOf(row.commit.at),
    task: taskName(index, stage, partition),
    seq: row.seq,
  };
}
