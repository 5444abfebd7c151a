/**
 * TX1, committed means all: prepare-commit is logged, but the marker of a partition that it lists is an abort; or an effect
 * was written outside any transaction, though the pipeline's effects and offsets are to be committed together.
 *
 * Verified: every partition of every transaction whose prepare record says commit and that has a marker there; under
 * exactly-once with offsets in transactions, every record of a sink or changelog topic.
 * Not verified: a marker that was not found (an evidence gap, evidence.md, join 4); an abort that was logged as such
 * (TX3 has the reverse).
 * Soundness in mixed situations: repeated markers are the audit's to group; only the first of a group is judged. An
 * undecided transaction is never flagged. A pipeline that is declared at-least-once, or that commits its offsets by its
 * group alone, may write outside transactions.
 */
import { recordRef, type Records, type Transaction, refOf } from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import { joined, present } from "../../facts/reliances.ts";
import { isTransactional } from "../../facts/transactional.ts";
import { refersToTask } from "./transactions.ts";

const id = "TX1";
const name = "committed means all";

interface State {
  readonly context: CheckerContext;
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  gaps: number;
}

export const committedMeansAll: Checker<State> = {
  id,
  name,
  begin: (context) => ({ context, anomalies: beginAnomalies(), examined: 0, gaps: 0 }),
  step(state, batch) {
    if (batch.kind === "transaction") judgeMarkers(state, batch.transaction);
    if (batch.kind === "plain-records" && isTransactional(state.context)) describePlain(state, batch.records);
    return state;
  },
  finish: (state) =>
    conclude({
      invariant: id,
      name,
      unit: "markers of committed transactions",
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts: state.gaps > 0 ? [`${state.gaps} transactions are undecided.`] : [],
      idle: "No transaction was committed.",
    }),
};

function judgeMarkers(state: State, transaction: Transaction): void {
  const { outcome, logged, parts } = transaction;
  const isUndecided = outcome === "gap" || outcome === "pending";
  if (isUndecided) state.gaps += 1;
  if (isUndecided || logged.prepare !== "committed") return;
  for (const { topic, partition, marker, listed } of parts) {
    if (marker === null || !listed) continue;
    state.examined += 1;
    if (marker.outcome === "abort") describeMarker(state, transaction, { topic, partition, offset: marker.offset });
  }
}

function describeMarker(
  state: State,
  transaction: Transaction,
  { topic, partition, offset }: { readonly topic: string; readonly partition: number; readonly offset: number },
): void {
  const { prepare, transactionalId } = transaction;
  addAnomaly(state.anomalies, id, transactionalId, () => ({
    sentence: `Transaction ${transactionalId} is committed, but ${topic}-${partition} holds an abort marker for it.`,
    expected: "a commit marker",
    actual: `an abort marker at offset ${offset}`,
    evidence: [...(prepare === null ? [] : [refOf(prepare)]), recordRef(topic, partition, offset)],
    restsOn: [
      ...(prepare === null ? [] : [present(prepare.topic, prepare.partition, prepare.offset)]),
      present(topic, partition, offset),
      ...joined(prepare),
    ],
    firstBadCommit: prepare === null ? null : refOf(prepare),
    task: refersToTask(transaction),
    seq: transaction.seq,
  }));
}

function describePlain({ anomalies }: State, records: Records): void {
  const { topic, partition, offsets, count } = records;
  for (let i = 0; i < count; i++) {
    const offset = offsets[i] ?? 0;
    addAnomaly(anomalies, id, `plain ${topic}`, () => ({
      sentence: `The record ${topic}-${partition}@${offset} was written outside any transaction: readers see it whatever becomes of its input's offset.`,
      expected: "a record of the transaction that commits its input's offset",
      actual: "a record without a transaction",
      evidence: [recordRef(topic, partition, offset)],
      restsOn: [present(topic, partition, offset)],
      firstBadCommit: recordRef(topic, partition, offset),
      task: null,
      seq: null,
    }));
  }
}
