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
import type { Facts } from "../../facts/facts.ts";
import { recordRef, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { absentInTopic, joined, present, whole } from "../../facts/reliances.ts";
import { unreadableDoubts, type KeptRows } from "../../facts/kept-rows.ts";
import { openingsIn, type Opening } from "../../facts/openings.ts";
import { addGuess, guessDoubts, noGuesses, type Guesses } from "../../facts/guesses.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import { firstMissing } from "../../facts/paged-bits.ts";
import { eachTask, ofTask, sourceOf, taskName } from "../../facts/tasks.ts";

const id = "OF3";
const name = "start position";
const unit = "first commits after an open";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly guesses: Guesses;
}

export const startPosition: Checker<State> = {
  id,
  name,
  begin: (context) => ({
    context,
    facts: context.facts,
    guesses: noGuesses(),
  }),
  step: (state) => state,
  finish(state) {
    const allowed = allowedByGuarantee(state.context, { id, name }, unit);
    if (allowed !== null) return allowed;
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
        ...specificationDoubts(state.context),
        ...unreadableDoubts(state.facts.rows),
        ...guessDoubts(state.guesses),
      ],
      idle: "No transaction committed both an effect of a task and its offset, so no first commit after an open was seen.",
    });
  },
};

interface Task {
  readonly rows: KeptRows;
  readonly stage: number;
  readonly partition: number;
}

function judgeTask(
  state: State,
  { rows, stage, partition }: Task,
  anomalies: ReturnType<typeof beginAnomalies>,
): number {
  let examined = 0;
  for (const opening of openingsIn(rows)) {
    const { row, before, isCertain } = opening;
    if (!isCertain || row.records === 0) continue;
    examined += 1;
    const fault = wrongStart(state.facts, { ...opening, stage, partition });
    // A start above the committed offset is judged by what is missing: any choice may be the one that is due.
    const inForce = Math.max(before?.nextOffset ?? 0, 0);
    if (fault !== null && row.choice !== null && row.minSure >= inForce) addGuess(state.guesses, row.choice);
    else if (fault !== null) addAnomaly(anomalies, id, taskName(state.facts.index, stage, partition), () => fault);
  }
  return examined;
}

interface Start extends Opening {
  readonly stage: number;
  readonly partition: number;
}

function wrongStart({ index, sources, effects }: Facts, { row, before, stage, partition }: Start): AnomalyBody | null {
  const inForce = Math.max(before?.nextOffset ?? 0, 0);
  const next = row.commit.nextOffset ?? 0;
  const { superseded } = ofTask(effects.tasks, stage, partition);
  const { expecting } = ofTask(sources.tasks, stage, partition);
  const due = firstMissing(expecting, superseded.offsets, { from: inForce, to: Math.max(next, inForce) });
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
