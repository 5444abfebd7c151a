/**
 * EO4, value exact: an output's decoded value differs from f over that source partition's committed log up to its cause.
 *
 * Verified: topic, key and decoded value of every committed output whose cause f answered, in the format that its
 * `rp-writer` names; an output where f expects none; undecodable bytes.
 * Not verified: a second output of the same (cause, ordinal) (EO1); an output whose cause is no committed record (EO3);
 * formats that the specification does not know (unknown).
 * Soundness in mixed situations: two versions writing two formats are each judged in their own; without a header the format
 * of any version started by then may match, and the cause is the one that the audit found (audit/attribution.ts). f's answer rests on the whole source log below the cause being read and decided.
 */
import { recordRef, type Records, type Transaction } from "../model/evidence.ts";
import type { Checker, CheckerContext } from "../model/finding.ts";
import {
  addAnomaly,
  conclude,
  everyStart,
  listAnomalies,
  present,
  refOf,
  startAnomalies,
  whole,
  type AnomalyBody,
} from "./anomalies.ts";
import {
  compareOutputs,
  forgetOutputs,
  forgetRecords,
  learnOutputs,
  startOutputs,
  type ExpectedOutputs,
  type OutputMismatch,
} from "./expected-outputs.ts";
import { allowedByGuarantee, missingSpecification } from "./guarantee.ts";
import { indexTasks, sourceOf, taskName, type TaskIndex } from "./tasks.ts";

const id = "EO4";
const name = "value exact";
const unit = "committed outputs";

interface State {
  readonly context: CheckerContext;
  readonly outputs: ExpectedOutputs | null;
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
  incomparable: number;
}

export const valueExact: Checker<State> = {
  id,
  name,
  start: (context) => ({
    context,
    outputs: context.specification && startOutputs(indexTasks(context.description), context.specification),
    anomalies: startAnomalies(),
    examined: 0,
    incomparable: 0,
  }),
  step(state, batch) {
    const { outputs } = state;
    if (outputs === null) return state;
    learnOutputs(outputs, batch);
    if (batch.kind === "transaction" && batch.transaction.outcome === "committed") {
      for (const part of batch.transaction.parts) stepRecords(state, outputs, part.records, batch.transaction);
      forgetOutputs(outputs, batch.transaction);
    } else if (batch.kind === "plain-records") {
      stepRecords(state, outputs, batch.records, null);
      forgetRecords(outputs, batch.records);
    }
    return state;
  },
  finish(state) {
    const allowed = allowedByGuarantee(state.context, { id, name }, unit);
    if (allowed !== null) return allowed;
    const missing = missingSpecification(state.context);
    return conclude({
      invariant: id,
      name,
      unit,
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts: [
        ...(state.outputs?.failures ?? []),
        ...(missing === null ? [] : [missing]),
        ...(state.incomparable === 0
          ? []
          : [
              `${state.incomparable} outputs could not be compared: no committed cause, a second output of one cause, or a format unknown to f.`,
            ]),
      ],
      idle: "No committed output was seen.",
    });
  },
};

function stepRecords(state: State, outputs: ExpectedOutputs, records: Records, transaction: Transaction | null): void {
  if (records.count === 0 || !outputs.index.bySink.has(records.topic)) return;
  const comparison = compareOutputs(outputs, records);
  state.examined += comparison.compared;
  state.incomparable += comparison.incomparable;
  for (const mismatch of comparison.mismatches)
    addAnomaly(state.anomalies, id, taskName(outputs.index, mismatch.stage, mismatch.cause.partition), () =>
      describeMismatch(outputs.index, mismatch, records, transaction),
    );
}

/** An output that is not f's, as EO4 and CK4 say it. */
export function describeMismatch(
  index: TaskIndex,
  { stage, cause, i, expected, actual }: OutputMismatch,
  records: Records,
  transaction: Transaction | null,
): AnomalyBody {
  const source = sourceOf(index, stage);
  const at = { topic: records.topic, partition: records.partition, offset: records.offsets[i] ?? 0 };
  return {
    sentence: `The output of ${source}-${cause.partition}@${cause.offset} is not what the specification says.`,
    expected,
    actual,
    evidence: [recordRef(source, cause.partition, cause.offset), refOf(at)],
    restsOn: [
      present(at.topic, at.partition, at.offset),
      whole(source, cause.partition, cause.offset),
      ...index.causesRestOn,
      // Without a header the formats are those of the versions that were started.
      ...((records.writer[i] ?? -1) < 0 ? [everyStart] : []),
    ],
    firstBadCommit: refOf(transaction?.prepare ?? at),
    task: taskName(index, stage, cause.partition),
    seq: transaction?.seq ?? null,
  };
}
