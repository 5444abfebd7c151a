/**
 * TX3, one outcome per transaction: records of two transactions under one marker, or one transaction's partitions with
 * different outcomes.
 *
 * Verified: the markers of each transaction's partitions against each other; the producer epochs of the records under
 * one marker (two epochs are two transactions: an epoch rises only after the transaction before was ended).
 * Not verified: two transactions of one epoch under one marker (the state log tells them only by their prepare records).
 * Soundness in mixed situations: only markers that are there are compared; an absent one is a gap, not an outcome.
 */
import { recordRef, type Transaction, type TransactionPart } from "../model/evidence.ts";
import type { Checker } from "../model/finding.ts";
import { addAnomaly, conclude, listAnomalies, present, refOf, startAnomalies } from "./anomalies.ts";
import { refersToTask } from "./transactions.ts";

const id = "TX3";
const name = "one outcome per transaction";

interface State {
  readonly anomalies: ReturnType<typeof startAnomalies>;
  examined: number;
  undecided: number;
}

export const oneOutcomePerTransaction: Checker<State> = {
  id,
  name,
  start: () => ({ anomalies: startAnomalies(), examined: 0, undecided: 0 }),
  step(state, batch) {
    if (batch.kind !== "transaction") return state;
    const { transaction } = batch;
    const marked = transaction.parts.filter(({ marker }) => marker !== null);
    if (transaction.outcome === "gap" || transaction.outcome === "pending") state.undecided += 1;
    if (marked.length > 0) state.examined += 1;
    const commit = marked.find(({ marker }) => marker?.outcome === "commit");
    const abort = marked.find(({ marker }) => marker?.outcome === "abort");
    if (commit !== undefined && abort !== undefined) twoOutcomes(state, transaction, [commit, abort]);
    for (const part of transaction.parts) {
      const other = part.epochs.findIndex((epoch) => epoch !== part.epochs[0]);
      if (part.marker !== null && other > 0) twoTransactions(state, transaction, part, other);
    }
    return state;
  },
  finish: (state) =>
    conclude({
      invariant: id,
      name,
      unit: "transactions with markers",
      examined: state.examined,
      anomalies: listAnomalies(state.anomalies),
      doubts: state.undecided > 0 ? [`${state.undecided} transactions are undecided.`] : [],
      idle: "No transaction was ended.",
    }),
};

function twoOutcomes(state: State, transaction: Transaction, parts: readonly TransactionPart[]): void {
  addAnomaly(state.anomalies, id, `outcomes ${transaction.transactionalId}`, () => ({
    sentence: `Transaction ${transaction.transactionalId} is committed in one partition and aborted in another.`,
    expected: "one outcome",
    actual: parts.map(({ topic, partition, marker }) => `${topic}-${partition}: ${marker?.outcome}`).join(", "),
    evidence: parts.map(({ topic, partition, marker }) => recordRef(topic, partition, marker?.offset ?? 0)),
    restsOn: parts.map(({ topic, partition, marker }) => present(topic, partition, marker?.offset ?? 0)),
    firstBadCommit: transaction.prepare === null ? null : refOf(transaction.prepare),
    task: refersToTask(transaction),
    seq: transaction.seq,
  }));
}

function twoTransactions(state: State, transaction: Transaction, part: TransactionPart, other: number): void {
  const { topic, partition, records, epochs, marker } = part;
  const offsets = [records.offsets[0] ?? 0, records.offsets[other] ?? 0, marker?.offset ?? 0];
  addAnomaly(state.anomalies, id, `epochs ${transaction.transactionalId}`, () => ({
    sentence: `One marker in ${topic}-${partition} ends records of two epochs of ${transaction.transactionalId}.`,
    expected: "records of one epoch under one marker",
    actual: `epochs ${epochs[0]} and ${epochs[other]}`,
    evidence: offsets.map((offset) => recordRef(topic, partition, offset)),
    restsOn: offsets.map((offset) => present(topic, partition, offset)),
    firstBadCommit: transaction.prepare === null ? null : refOf(transaction.prepare),
    task: refersToTask(transaction),
    seq: transaction.seq,
  }));
}
