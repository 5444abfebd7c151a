/**
 * TX3, one outcome per transaction: records of two transactions under one marker, or one transaction's partitions with
 * different outcomes, or with another one than the state log's records say.
 *
 * Verified: the state log's prepare and complete records and the markers in each partition of every transaction, all
 * against each other; the producer epochs of the records under one marker (two epochs are two transactions: an epoch rises only after the transaction before was ended).
 * Not verified: two transactions of one epoch under one marker (the state log tells them only by their prepare records).
 * Soundness in mixed situations: only markers that are there are compared; an absent one is a gap, not an outcome.
 */
import {
  recordRef,
  type DecidedOutcome,
  type LogRef,
  type Transaction,
  type TransactionPart,
  refOf,
} from "../../model/evidence.ts";
import type { Checker } from "../checker.ts";
import { addAnomaly, conclude, listAnomalies, beginAnomalies } from "../anomalies.ts";
import { absent, joined, present } from "../../facts/reliances.ts";
import { refersToTask } from "./transactions.ts";

const id = "TX3";
const name = "one outcome per transaction";

interface State {
  readonly anomalies: ReturnType<typeof beginAnomalies>;
  examined: number;
  undecided: number;
}

export const oneOutcomePerTransaction: Checker<State> = {
  id,
  name,
  begin: () => ({ anomalies: beginAnomalies(), examined: 0, undecided: 0 }),
  step(state, batch) {
    if (batch.kind !== "transaction") return state;
    const { transaction } = batch;
    const marked = transaction.parts.filter(({ marker }) => marker !== null);
    if (transaction.outcome === "gap" || transaction.outcome === "pending") state.undecided += 1;
    if (marked.length > 0) state.examined += 1;
    judgeVotes(state, transaction);
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

/** What a record of the state log or a marker says, and where. */
interface Vote {
  readonly outcome: DecidedOutcome;
  readonly by: string;
  readonly says: string;
  readonly at: LogRef;
}

function votesOf({ logged, prepare, complete, parts }: Transaction): readonly Vote[] {
  const records = [
    { by: "prepare record", outcome: logged.prepare, at: prepare },
    { by: "complete record", outcome: logged.complete, at: complete },
  ].flatMap(({ by, outcome, at }) => (outcome === null || at === null ? [] : [{ by, outcome, says: outcome, at }]));
  const markers = parts.flatMap(({ topic, partition, marker }): readonly Vote[] => {
    if (marker === null) return [];
    const outcome = marker.outcome === "commit" ? "committed" : "aborted";
    return [
      { by: `${topic}-${partition}`, outcome, says: marker.outcome, at: { topic, partition, offset: marker.offset } },
    ];
  });
  return [...records, ...markers];
}

function judgeVotes(state: State, transaction: Transaction): void {
  const votes = votesOf(transaction);
  const [first] = votes;
  if (first === undefined || votes.every(({ outcome }) => outcome === first.outcome)) return;
  const markers = votes.filter(({ by }) => !by.endsWith(" record"));
  const [one] = markers;
  const isSplit = markers.some(({ outcome }) => outcome !== one?.outcome);
  const told = isSplit ? markers : votes;
  // The first of either side is the smallest evidence.
  const sides = told.filter(({ outcome }, i) => told.findIndex((vote) => vote.outcome === outcome) === i);
  addAnomaly(state.anomalies, id, `outcomes ${transaction.transactionalId}`, () => ({
    sentence: isSplit
      ? `Transaction ${transaction.transactionalId} is committed in one partition and aborted in another.`
      : `The state log and the markers of transaction ${transaction.transactionalId} do not agree on how it ended.`,
    expected: "one outcome",
    actual: sides.map(({ by, says }) => `${by}: ${says}`).join(", "),
    evidence: sides.map(({ at }) => refOf(at)),
    restsOn: [...sides.map(({ at }) => present(at.topic, at.partition, at.offset)), ...joined(transaction.prepare)],
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
    restsOn: [
      ...offsets.map((offset) => present(topic, partition, offset)),
      // No marker was lost between them.
      absent(topic, partition, offsets[0] ?? 0, marker?.offset ?? null),
    ],
    firstBadCommit: transaction.prepare === null ? null : refOf(transaction.prepare),
    task: refersToTask(transaction),
    seq: transaction.seq,
  }));
}
