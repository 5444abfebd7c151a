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
import { recordRef, type Transaction } from "../model/evidence.ts";
import type { Checker, CheckerContext, Finding } from "../model/finding.ts";
import { identityShown } from "../model/record-key.ts";
import {
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
import { rowsOf } from "./commit-rows.ts";
import { compareOutputs, forgetOutputs, learnOutputs, startOutputs, type ExpectedOutputs } from "./expected-outputs.ts";
import { allowedByGuarantee, missingSpecification } from "./guarantee.ts";
import { disagreement, learnChanges, startFolds, stepFolds, type StateFolds, type StateStep } from "./state-fold.ts";
import { indexTasks, ofTask, perTask, sourceOf, taskName, type PerTask, type TaskIndex } from "./tasks.ts";
import { describeMismatch } from "./value-exact.ts";

const id = "CK4";
const name = "no trusted dirty state";
const unit = "opens with a committed effect";

interface State {
  readonly context: CheckerContext;
  readonly index: TaskIndex;
  readonly outputs: ExpectedOutputs | null;
  readonly folds: StateFolds | null;
  readonly owners: PerTask<Owner>;
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
}

interface Owner {
  producer: string | null;
  writer: string | null;
  /** The session's first effect has been judged. */
  isJudged: boolean;
}

export const noTrustedDirtyState: Checker<State> = {
  id,
  name,
  start: (context) => {
    const index = indexTasks(context.description);
    const { specification } = context;
    return {
      context,
      index,
      outputs: specification && startOutputs(index, specification),
      folds: specification && startFolds(index, specification),
      owners: perTask(() => ({ producer: null, writer: null, isJudged: false })),
      anomalies: startAnomalies(),
      examined: 0,
    };
  },
  step(state, batch) {
    const { outputs, folds } = state;
    if (outputs === null || folds === null) return state;
    learnOutputs(outputs, batch);
    learnChanges(folds, batch);
    if (batch.kind !== "transaction" || batch.transaction.outcome !== "committed") return state;
    const { transaction } = batch;
    const opened = firstEffects(state, transaction);
    const steps = stepFolds(folds, transaction);
    if (opened.size > 0) {
      judgeOutputs(state, outputs, transaction, opened);
      for (const step of steps) if (opened.has(`${step.stage}/${step.partition}`)) judgeState(state, step, transaction);
    }
    forgetOutputs(outputs, transaction);
    return state;
  },
  finish(state) {
    const missing = missingSpecification(state.context);
    return (
      allowedByGuarantee(state.context, { id, name }, unit) ??
      withoutState(state.context) ??
      conclude({
        invariant: id,
        name,
        unit,
        examined: state.examined,
        anomalies: listAnomalies(state.anomalies),
        doubts: [...(state.outputs?.failures ?? []), ...(missing === null ? [] : [missing])],
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

/** Tasks (`stage/partition`) for which this transaction holds the first effects after an open. */
function firstEffects(state: State, transaction: Transaction): ReadonlySet<string> {
  const opened = new Set<string>();
  for (const { stage, partition, row } of rowsOf(state.index, { kind: "transaction", transaction })) {
    const owner = ofTask(state.owners, stage, partition);
    const writer = row.writer ?? owner.writer;
    if (owner.producer !== row.producer || owner.writer !== writer) {
      owner.producer = row.producer;
      owner.writer = writer;
      owner.isJudged = false;
    }
    if (owner.isJudged || row.maxCause < 0) continue;
    owner.isJudged = true;
    state.examined += 1;
    opened.add(`${stage}/${partition}`);
  }
  return opened;
}

function judgeOutputs(
  state: State,
  outputs: ExpectedOutputs,
  transaction: Transaction,
  opened: ReadonlySet<string>,
): void {
  for (const { topic, records } of transaction.parts) {
    if (records.count === 0 || !state.index.bySink.has(topic)) continue;
    for (const mismatch of compareOutputs(outputs, records).mismatches)
      if (opened.has(`${mismatch.stage}/${mismatch.cause.partition}`))
        addAnomaly(state.anomalies, id, taskName(state.index, mismatch.stage, mismatch.cause.partition), () =>
          describeMismatch(state.index, mismatch, records, transaction),
        );
  }
}

function judgeState(state: State, step: StateStep, transaction: Transaction): void {
  if (step.next === null) return;
  const task = taskName(state.index, step.stage, step.partition);
  for (const { entry } of step.decoded) {
    if (entry.kind !== "state") continue;
    const difference = disagreement(step.task, entry.key);
    if (difference === null || difference === "incomparable") continue;
    addAnomaly(state.anomalies, id, task, () =>
      describeState(state.index, { step, key: entry.key, transaction, ...difference }),
    );
  }
}

export interface StateDifference {
  readonly step: StateStep;
  readonly key: string;
  readonly transaction: Transaction;
  readonly expected: string;
  readonly actual: string;
}

/** A state that is not f's, as CK4 and ST1 say it. */
export function describeState(
  index: TaskIndex,
  { step, key, transaction, expected, actual }: StateDifference,
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
