/**
 * CK4, no trusted dirty state: the first committed outputs or changelog records after an open differ from f on the
 * replayed committed state.
 *
 * Verified: the outputs and the changelog state records of the first committed transaction that has any, after each open
 * of a task. An open is another transactional id, a new InitProducerId of it, or a change of the writer in `rp-writer`, in
 * the order in which the state log ended the transactions; an epoch that the broker raised by itself is none.
 * Not verified: keys that this transaction does not touch (EO4 and ST1 see them when they are touched); opens of one
 * incarnation that do not initialise its producer.
 * Soundness in mixed situations: values are compared in the writer's own format and in the schema that the bytes carry;
 * a task with an undecided changelog transaction is not judged on state; f rests on the whole source log below.
 */
import { recordRef, type Transaction, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext, Finding } from "../../model/finding.ts";
import { identityShown } from "../../model/record-key.ts";
import { addAnomaly, conclude, listAnomalies, notApplicable, beginAnomalies, type AnomalyBody } from "../anomalies.ts";
import { joined, present, whole } from "../../facts/reliances.ts";
import type { Openings } from "../../facts/openings.ts";
import type { Effects } from "../../facts/effects.ts";
import { allowedByGuarantee, specificationDoubts } from "../guarantee.ts";
import type { StateDifference, StateFolds, StateStep } from "../../facts/state-fold.ts";
import { sourceOf, taskName, type TaskIndex } from "../../facts/tasks.ts";
import { describeMismatch } from "../effects/value-exact.ts";

const id = "CK4";
const name = "no trusted dirty state";
const unit = "opens with a committed effect";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly effects: Effects;
  readonly folds: StateFolds | null;
  readonly openings: Openings;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
}

export const noTrustedDirtyState: Checker<State> = {
  id,
  name,
  begin: (context) => {
    const index = context.facts.index;
    return {
      context,
      index,
      effects: context.facts.effects,
      folds: context.facts.state,
      openings: context.facts.openings,
      anomalies: beginAnomalies(),
      examined: 0,
    };
  },
  step(state, batch) {
    const { folds } = state;
    if (folds === null || batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return state;
    const { transaction } = batch;
    const { first } = state.openings;
    if (first.length === 0) return state;
    state.examined += first.length;
    const opened = new Set(first.map(({ stage, partition }) => `${stage}/${partition}`));
    judgeOutputs(state, opened);
    for (const step of folds.steps)
      if (opened.has(`${step.stage}/${step.partition}`)) judgeState(state, step, transaction);
    return state;
  },
  finish(state) {
    const missing = specificationDoubts(state.context);
    return (
      allowedByGuarantee(state.context, { id, name }, unit) ??
      withoutState(state.context) ??
      conclude({
        invariant: id,
        name,
        unit,
        examined: state.examined,
        anomalies: listAnomalies(state.anomalies),
        doubts: missing.length === 0 ? [...state.effects.sources.failures] : missing,
        idle: "No task was opened and committed an effect.",
      })
    );
  },
};

/** What a task remembers is known by its changelog. */
function withoutState({ description }: CheckerContext): Finding | null {
  if (description.stages.some(({ changelog }) => changelog !== null)) return null;
  return notApplicable(id, name, unit, "The pipeline has no changelog.");
}

function judgeOutputs({ index, effects, anomalies }: State, opened: ReadonlySet<string>): void {
  for (const mismatch of effects.mismatches)
    if (opened.has(`${mismatch.stage}/${mismatch.cause.partition}`))
      addAnomaly(anomalies, id, taskName(index, mismatch.stage, mismatch.cause.partition), () =>
        describeMismatch(index, mismatch),
      );
}

function judgeState(state: State, step: StateStep, transaction: Transaction): void {
  const task = taskName(state.index, step.stage, step.partition);
  for (const difference of step.differences)
    if (step.decoded.some(({ entry }) => entry.kind === "state" && entry.key === difference.key))
      addAnomaly(state.anomalies, id, task, () => describeState(state.index, { step, transaction, ...difference }));
}

interface DescribedState extends StateDifference {
  readonly step: StateStep;
  readonly transaction: Transaction;
}

/** A state that is not f's, as CK4 and ST1 say it. */
export function describeState(
  index: TaskIndex,
  { step, key, transaction, expected, actual }: DescribedState,
): AnomalyBody {
  const { stage, partition, task, commit, next } = step;
  const changelog = index.stages[stage]?.changelog ?? "?";
  const folded = task.fold.get(key);
  const live = Math.max((next ?? 1) - 1, 0);
  // What the transaction wrote lies below its marker; where it has none, a lost record may lie anywhere.
  const written = transaction.parts.find((part) => part.topic === changelog && part.partition === partition)?.marker;
  return {
    sentence: `The committed changelog ${changelog}-${partition} does not hold the specification's state of key ${identityShown(key)} at ${commit === null ? "the input offset" : "the committed offset"} ${next} of ${sourceOf(index, stage)}-${partition}.`,
    expected,
    actual,
    evidence: [
      ...(folded === undefined ? [] : [recordRef(changelog, partition, folded.offset)]),
      ...(commit === null ? [] : [refOf(commit.at)]),
    ],
    restsOn: [
      ...(folded === undefined ? [] : [present(changelog, partition, folded.offset)]),
      whole(changelog, partition, written?.offset ?? null),
      ...joined(transaction.prepare),
      whole(sourceOf(index, stage), partition, live),
    ],
    firstBadCommit: commit === null ? transaction.prepare && refOf(transaction.prepare) : refOf(commit.at),
    task: taskName(index, stage, partition),
    seq: transaction.seq,
  };
}
