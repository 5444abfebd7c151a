/**
 * LV2, no hanging transaction: a transaction is open, or the last stable offset lies below the high watermark, longer
 * than the budget after heal and drain. The budget is LV1's T (patienceMs).
 *
 * Verified: every transaction that the audit left undecided for want of an end, and every partition's last stable offset
 * where the final read settled.
 * Not verified: transactions that hung for a while and were ended; partitions whose final read did not settle (unknown).
 * Soundness in mixed situations: flagged only if its first record was in the history before `faults-over` and the history
 * goes on for the whole budget after it. What excuses LV1 (excuses.ts) makes it unknown.
 */
import { eventRef, recordRef, type EvidenceEnd, type Transaction } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Checker } from "../checker.ts";
import { patienceMs } from "../../model/profile.ts";
import { addAnomaly, conclude, listAnomalies, notEnded, beginAnomalies } from "../anomalies.ts";
import { absent, absentInTopic, present } from "../../facts/reliances.ts";
import { excusesOf, beginExcuses, stepExcuses, type Excuses } from "./excuses.ts";
import { refersToTask } from "../transactions/transactions.ts";

const id = "LV2";
const name = "no hanging transaction";

interface State {
  readonly budgetMs: number;
  readonly excuses: Excuses;
  readonly pending: Transaction[];
  faultsOver: HistoryEvent | null;
  last: HistoryEvent | null;
  end: EvidenceEnd | null;
}

export const noHangingTransaction: Checker<State> = {
  id,
  name,
  begin: (context) => {
    return {
      budgetMs: patienceMs(context.plan.scenario, context.hostFactor),
      excuses: beginExcuses(context),
      pending: [],
      faultsOver: null,
      last: null,
      end: null,
    };
  },
  step(state, batch) {
    if (batch.kind === "end") state.end = batch.end;
    if (batch.kind === "transaction" && batch.transaction.outcome === "pending") state.pending.push(batch.transaction);
    if (batch.kind !== "event") return state;
    stepExcuses(state.excuses, batch.event);
    if (batch.event.kind === "faults-over") state.faultsOver ??= batch.event;
    state.last = batch.event;
    return state;
  },
  finish(state) {
    const { end, pending, faultsOver } = state;
    const anomalies = beginAnomalies();
    for (const transaction of pending) judge(state, transaction, anomalies);
    const found = listAnomalies(anomalies);
    const excuses = excusesOf(state.excuses);
    const settled = (end?.partitions ?? []).filter((partition) => partition.settled);
    const behind = settled.filter(({ lastStableOffset, highWatermark }) => lastStableOffset < highWatermark);
    const doubts = [
      ...(end === null ? [notEnded] : []),
      ...(faultsOver === null ? ["The run did not come to the end of its faults."] : []),
      ...(pending.length > 0 ? [`${pending.length} transactions are still open, for less than the budget.`] : []),
      ...(behind.length > 0
        ? [`The last stable offset is below the high watermark in ${behind.map(nameOf).join(", ")}.`]
        : []),
      ...(end !== null && settled.length < end.partitions.length
        ? [`${end.partitions.length - settled.length} partitions were not read to their end.`]
        : []),
    ];
    return conclude({
      invariant: id,
      name,
      unit: "partitions read to their end",
      examined: settled.length,
      anomalies: excuses.length > 0 ? [] : found,
      doubts: found.length > 0 ? excuses : doubts,
      idle: "No partition was read to its end.",
    });
  },
};

function nameOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

function judge(state: State, transaction: Transaction, anomalies: ReturnType<typeof beginAnomalies>): void {
  const { faultsOver, last, budgetMs } = state;
  if (faultsOver === null || last === null || transaction.firstSeq === null) return;
  const openMs = (last.at - faultsOver.at) / 1e6;
  if (transaction.firstSeq > faultsOver.seq || openMs < budgetMs) return;
  const part = transaction.parts.find(({ records, marker }) => records.count > 0 && marker === null);
  if (part === undefined) return;
  const first = part.records.offsets[0] ?? 0;
  addAnomaly(anomalies, id, transaction.transactionalId, () => ({
    sentence: `A transaction of ${transaction.transactionalId} was still open ${Math.round(openMs)} ms after the faults were over.`,
    expected: `ended within ${Math.round(budgetMs)} ms`,
    actual: `open: no marker in ${part.topic}-${part.partition} behind offset ${first}`,
    evidence: [recordRef(part.topic, part.partition, first), eventRef(faultsOver.seq)],
    restsOn: [
      present(part.topic, part.partition, first),
      absent(part.topic, part.partition, first, null),
      absentInTopic("__transaction_state"),
    ],
    firstBadCommit: null,
    task: refersToTask(transaction),
    seq: transaction.seq,
  }));
}
