import type { PartitionLog } from "./log.ts";

const start = 1_700_000_000_000;

function payment(id: string, account: string, merchant: string, secondsAfter: number, amount = 1_000): string {
  return JSON.stringify({ id, account, merchant, amount, at: start + secondsAfter * 1_000 });
}

/**
 * A small input that reaches every branch of both stages: a duplicate, payments out of order, late for their window and too
 * old for dedup, poison, a window that closes with several merchants in it, a large amount, a key whose hash is negative as a
 * signed number.
 */
const values: readonly (string | null)[] = [
  payment("p-1", "a-1", "m-1", 1),
  payment("p-2", "a-1", "m-2", 3, 2_500),
  payment("p-3", "a-2", "m-1", 2),
  payment("p-1", "a-1", "m-1", 1), // duplicate
  "{not json",
  payment("p-4", "a-1", "m-2", 12),
  payment("p-5", "a-2", "m-1", 8, 150_000), // out of order
  payment("p-6", "a-1", "m-11", 31), // closes the windows before it
  payment("p-7", "a-2", "m-1", 4), // late for its window
  null,
  payment("p-8", "a-1", "m-1", 33),
  payment("p-9", "a-1", "m-11", 35),
  payment("p-6", "a-1", "m-11", 31), // duplicate
  payment("p-10", "a-1", "m-2", -700), // expired
  payment("p-11", "a-2", "m-1", 52),
  payment("p-12", "a-1", "m-1", 700), // a-1 forgets its first payments
];

/** The log of payments with these values. */
export function paymentsLog(of: readonly (string | null)[] = values): PartitionLog {
  const records = of.map((value, offset) => ({
    offset,
    key: Buffer.of(),
    value: value === null ? null : Buffer.from(value),
    headers: {},
    transaction: null,
  }));
  return { end: records.length, records };
}
