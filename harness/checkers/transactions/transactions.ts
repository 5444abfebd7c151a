import type { Transaction } from "../../model/evidence.ts";

/** `velocity-3` when the transaction is of one task. */
export function refersToTask(transaction: Transaction): string | null {
  return transaction.task === null ? null : `${transaction.task.stage}-${transaction.task.partition}`;
}
