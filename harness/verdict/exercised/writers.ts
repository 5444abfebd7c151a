import type { Transaction } from "../../model/evidence.ts";

/** `member/incarnation` of the transaction's first record that names one. */
export function incarnationOf(transaction: Transaction): string | null {
  for (const { records } of transaction.parts) {
    const writer = records.count > 0 ? records.writers[records.writer[0] ?? -1] : undefined;
    if (writer !== undefined) return `${writer.member}/${writer.incarnation}`;
  }
  return null;
}
