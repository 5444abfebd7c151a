/**
 * OR3, contiguity: an owner without reassignment skips a committed record or goes back.
 *
 * Verified: each two commits of one owner (session of a transactional id and `rp-writer`) that follow each other in the offsets log with
 * no generation of the group between them: the second one's effects begin with the first committed source record at or above the first
 * one's next offset for which f expects an effect, and none lies below it.
 * Not verified: the first commit of an owner (OF3); records skipped in the middle of a transaction (OF2, CK3); an owner that commits no
 * effect; plain commits, which name no effects.
 * Soundness in mixed situations: an undecided commit between the two takes the pair out. A record whose outputs f lets be superseded, and
 * which a later one of the same commit stands for, is not skipped. Going back is a presence. A skip is an absence:
 * it rests on the whole of the source log below it and on all sinks, and where the causes of outputs were chosen among several it
 * leaves a doubt.
 */
import { eachContinuation, type Continuation } from "../../facts/continuations.ts";
import type { Facts } from "../../facts/facts.ts";
import { addGuess, guessDoubts, noGuesses, type Guesses } from "../../facts/guesses.ts";
import { unreadableDoubts } from "../../facts/kept-rows.ts";
import { firstMissing } from "../../facts/paged-bits.ts";
import { absentInTopic, joined, present, whole } from "../../facts/reliances.ts";
import { eachTask, ofTask, sourceOf, taskName } from "../../facts/tasks.ts";
import { recordRef, refOf, type EvidenceEnd } from "../../model/evidence.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import type { Checker } from "../checker.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";

const id = "OR3";
const name = "contiguity";
const unit = "pairs of commits by one owner";

interface State {
  readonly context: CheckerContext;
  readonly facts: Facts;
  readonly guesses: Guesses;
  end: EvidenceEnd | null;
}

export const contiguity: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, facts: context.facts, guesses: noGuesses(), end: null }),
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    return state;
  },
  finish(state) {
    const { context, facts, end } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const anomalies = beginAnomalies();
    let examined = 0;
    eachTask(facts.rows, (rows, stage, partition) => {
      const group = facts.index.stages[stage]?.group;
      const generations = (end?.generations ?? []).filter((one) => one.group === group);
      eachContinuation(rows, generations, (pair) => {
        if (pair.row.records === 0) return;
        examined += 1;
        const breach = breachIn(state, { ...pair, stage, partition });
        if (breach !== null) addAnomaly(anomalies, id, taskName(facts.index, stage, partition), breach);
      });
    });
    return conclude({
      invariant: id,
      name,
      unit,
      examined,
      anomalies: listAnomalies(anomalies),
      doubts: [
        ...(end === null ? [notEnded] : []),
        ...facts.sources.failures,
        ...specificationDoubts(context),
        ...unreadableDoubts(facts.rows),
        ...guessDoubts(state.guesses),
      ],
      idle: "No owner committed effects of a task twice in a row.",
    });
  },
};

interface Pair extends Continuation {
  readonly stage: number;
  readonly partition: number;
}

function breachIn({ facts, guesses }: State, pair: Pair): (() => AnomalyBody) | null {
  const { before, row, stage, partition } = pair;
  const due = before.commit.nextOffset ?? 0;
  if (row.minSure < due) return () => describe(facts, pair, null);
  const { expecting } = ofTask(facts.sources.tasks, stage, partition);
  const { superseded } = ofTask(facts.effects.tasks, stage, partition);
  const range = { from: due, to: row.minCause };
  const skipped =
    Number.isFinite(row.minCause) && !row.hasUnreadable ? firstMissing(expecting, superseded.offsets, range) : null;
  if (row.choice !== null && (row.minCause < due || skipped !== null)) addGuess(guesses, row.choice);
  return skipped === null || row.choice !== null ? null : () => describe(facts, pair, skipped);
}

/** `skipped` is the record that was passed over; null: the owner went back. */
function describe({ index }: Facts, { before, row, stage, partition }: Pair, skipped: number | null): AnomalyBody {
  const source = sourceOf(index, stage);
  const due = before.commit.nextOffset ?? 0;
  const owner = row.writer ?? row.transactionalId ?? "The owner";
  const began = `${source}-${partition}@${skipped === null ? row.minSure : row.minCause}`;
  const sinks = index.stages[stage]?.sinks ?? [];
  return {
    sentence:
      skipped === null
        ? `${owner} went back in ${source}-${partition}, which it had not lost: after a commit of ${due} its next transaction has effects of ${began}.`
        : `${owner} skipped ${source}-${partition}@${skipped}, though it had not lost the partition: its next transaction begins with ${began}.`,
    expected: skipped === null ? `causes at or above ${due}` : `the effect of ${source}-${partition}@${skipped} first`,
    actual: `its first cause is ${began}`,
    evidence: [
      refOf(before.commit.at),
      ...(skipped === null ? [] : [recordRef(source, partition, skipped)]),
      ...(row.first === null ? [] : [refOf(row.first)]),
      refOf(row.commit.at),
    ],
    restsOn: [
      present(before.commit.at.topic, before.commit.at.partition, before.commit.at.offset),
      present(row.commit.at.topic, row.commit.at.partition, row.commit.at.offset),
      ...joined(row.prepare),
      ...joined(before.prepare),
      ...index.causesRestOn,
      // No generation and no other commit lies between the two.
      {
        ...whole(row.commit.at.topic, row.commit.at.partition, row.commit.at.offset),
        from: before.commit.at.offset + 1,
      },
      ...(skipped === null ? [] : [whole(source, partition, skipped), ...sinks.map(absentInTopic)]),
    ],
    firstBadCommit: refOf(row.commit.at),
    task: taskName(index, stage, partition),
    seq: row.seq,
  };
}
