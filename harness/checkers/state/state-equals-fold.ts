/**
 * ST1, state = fold: the fold of the committed changelog at commit k differs from f's state at the committed offset of
 * k, for some key.
 *
 * Verified: after each committed transaction, every key that it wrote or that f changed since the commit before (no other
 * key's equality can have changed), in the schema that the bytes carry; the position record's next offset against the
 * transaction's own offset commit, and that there is one, where the specification says that every commit writes one; that
 * changelog bytes decode.
 * Not verified: commits whose offset lies below one seen before (OF1); schemas that f does not know; the position
 * record's commit number.
 * Soundness in mixed situations: an unchanged state may be written again, in any schema; a change that f takes back
 * within one transaction needs no record. From an undecided transaction on, or where transactions of one task arrive out
 * of the changelog's order, the task is not judged (unknown). Rests on changelog and source log being whole so far.
 */
import { recordRef, type Transaction, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies } from "../anomalies.ts";
import { absent, joined, present } from "../../facts/reliances.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import { describeState } from "./no-trusted-dirty-state.ts";
import type { StateFolds, StateStep } from "../../facts/state-fold.ts";
import { eachTask, taskName, type TaskIndex } from "../../facts/tasks.ts";

const id = "ST1";
const name = "state equals fold";
const unit = "keys compared at commits";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly folds: StateFolds | null;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  incomparable: number;
}

export const stateEqualsFold: Checker<State> = {
  id,
  name,
  begin: (context) => {
    const index = context.facts.index;
    return {
      context,
      index,
      folds: context.facts.state,
      anomalies: beginAnomalies(),
      examined: 0,
      incomparable: 0,
    };
  },
  step(state, batch) {
    if (batch.kind === "transaction")
      for (const step of state.folds?.steps ?? []) judge(state, step, batch.transaction);
    return state;
  },
  finish(state) {
    const { context, folds } = state;
    const allowed = allowedByGuarantee(context, { id, name }, unit);
    if (allowed !== null) return allowed;
    if (context.description.stages.every(({ changelog }) => changelog === null))
      return notApplicable(id, name, unit, "The pipeline has no changelog.");
    const doubts = new Set<string>(folds?.failures);
    if (folds !== null) eachTask(folds.tasks, ({ lost }) => void (lost === null ? null : doubts.add(lost)));
    for (const doubt of specificationDoubts(context)) doubts.add(doubt);
    if (state.incomparable > 0)
      doubts.add(`${state.incomparable} states have a schema that the specification does not know.`);
    return conclude({
      invariant: id,
      name,
      unit,
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts: [...doubts],
      idle: "No committed transaction changed state.",
    });
  },
};

function judge(state: State, step: StateStep, transaction: Transaction): void {
  const task = taskName(state.index, step.stage, step.partition);
  judgeRecords(state, step, transaction);
  judgePosition(state, step, transaction);
  state.examined += step.compared;
  state.incomparable += step.incomparable;
  for (const difference of step.differences)
    addAnomaly(state.anomalies, id, task, () => describeState(state.index, { step, transaction, ...difference }));
}

/** Undecodable bytes, and a position record that is not its transaction's commit. */
function judgeRecords(state: State, { stage, partition, decoded, commit }: StateStep, transaction: Transaction): void {
  const task = taskName(state.index, stage, partition);
  const changelog = state.index.stages[stage]?.changelog ?? "?";
  const describe = (offset: number, said: { sentence: string; expected: string; actual: string }) => () => ({
    ...said,
    evidence: [recordRef(changelog, partition, offset), ...(commit === null ? [] : [refOf(commit.at)])],
    restsOn: [present(changelog, partition, offset), ...joined(transaction.prepare)],
    firstBadCommit: commit === null ? null : refOf(commit.at),
    task,
    seq: transaction.seq,
  });
  for (const { offset, entry } of decoded) {
    if (entry.kind === "undecodable")
      addAnomaly(
        state.anomalies,
        id,
        `${task}/undecodable`,
        describe(offset, {
          sentence: `A committed record of ${changelog}-${partition} does not decode.`,
          expected: "a position or state record",
          actual: entry.why,
        }),
      );
    if (entry.kind === "position" && commit !== null && commit.nextOffset !== entry.nextOffset)
      addAnomaly(
        state.anomalies,
        id,
        `${task}/position`,
        describe(offset, {
          sentence: `The position record in ${changelog}-${partition} is not its transaction's offset commit.`,
          expected: `next offset ${commit.nextOffset}`,
          actual: `next offset ${entry.nextOffset}`,
        }),
      );
  }
}

/** A commit without the position record that the specification promises: a restore could not tell how far its state goes. */
function judgePosition(state: State, step: StateStep, transaction: Transaction): void {
  const { stage, partition, decoded, records, commit } = step;
  const spec = state.index.stages[stage];
  const decoder = state.context.specification?.stages[spec?.name ?? ""];
  if (decoder?.hasPositionRecords !== true || commit === null || commit.nextOffset === null) return;
  if (decoded.some(({ entry }) => entry.kind !== "state")) return; // undecodable bytes are named by themselves
  const changelog = spec?.changelog ?? "?";
  const { nextOffset, at } = commit;
  const task = taskName(state.index, stage, partition);
  const last = records === null ? null : (records.offsets[records.count - 1] ?? null);
  const part = transaction.parts.find((one) => one.topic === changelog && one.partition === partition);
  addAnomaly(state.anomalies, id, `${task}/no-position`, () => ({
    sentence: `A transaction commits next offset ${nextOffset} for ${task} and writes no position record into ${changelog}-${partition}.`,
    expected: `a position record with next offset ${nextOffset}`,
    actual: last === null ? "no changelog record" : `${decoded.length} state records and no position record`,
    evidence: [...(last === null ? [] : [recordRef(changelog, partition, last)]), refOf(at)],
    restsOn: [absent(changelog, partition, null, part?.marker?.offset ?? null), ...joined(transaction.prepare)],
    firstBadCommit: refOf(at),
    task,
    seq: transaction.seq,
  }));
}
