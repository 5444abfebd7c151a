/**
 * TX1, committed means all: prepare-commit is logged, but the marker of a partition that it lists is an abort.
 *
 * Verified: every partition of every transaction that the state log calls committed and that has a marker.
 * Not verified: a marker that was not found (an evidence gap, evidence.md, join 4); an abort that was logged as such
 * (TX3 has the reverse).
 * Soundness in mixed situations: repeated markers are the audit's to group; only the first of a group is judged. An
 * undecided transaction is never flagged.
 */
import { recordRef } from "../model/evidence.ts";
import type { Checker } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies } from "./anomalies.ts";
import { refersToTask } from "./transactions.ts";

const id = "TX1";
const name = "committed means all";

interface State {
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
  gaps: number;
}

export const committedMeansAll: Checker<State> = {
  id,
  name,
  start: () => ({ anomalies: startAnomalies(), examined: 0, gaps: 0 }),
  step(state, batch) {
    if (batch.kind !== "transaction") return state;
    const { transaction } = batch;
    if (transaction.outcome === "gap" || transaction.outcome === "pending") state.gaps += 1;
    if (transaction.outcome !== "committed") return state;
    for (const { topic, partition, marker, listed } of transaction.parts) {
      if (marker === null || !listed) continue;
      state.examined += 1;
      if (marker.outcome === "commit") continue;
      const { prepare } = transaction;
      addAnomaly(state.anomalies, id, transaction.transactionalId, () => ({
        sentence: `Transaction ${transaction.transactionalId} is committed, but ${topic}-${partition} holds an abort marker for it.`,
        expected: "a commit marker",
        actual: `an abort marker at offset ${marker.offset}`,
        evidence: [...(prepare === null ? [] : [refOf(prepare)]), recordRef(topic, partition, marker.offset)],
        restsOn: [
          ...(prepare === null ? [] : [present(prepare.topic, prepare.partition, prepare.offset)]),
          present(topic, partition, marker.offset),
        ],
        firstBadCommit: prepare === null ? null : refOf(prepare),
        task: refersToTask(transaction),
        seq: transaction.seq,
      }));
    }
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
