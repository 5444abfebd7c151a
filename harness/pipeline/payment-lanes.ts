import type { Draw, WorkloadShape } from "../model/pipeline.ts";
import { fnv1a32 } from "./fnv1a32.ts";

/** Payments that share an event time, and no account and no merchant with those of another lane. */
export interface Lane {
  readonly accountOf: () => string;
  readonly merchantOf: () => string;
  /** Event time of the i-th input of the stream, ms. */
  readonly eventTime: (i: number) => number;
}

const began = 1_700_000_000_000;
/** Event time of the whole stream without its jumps: near to the time that a run takes, so that tasks stay in step. */
const steadyMs = 288_000;
/** The stream jumps this far ahead between two segments, so that ten minutes (the dedup horizon) pass within it. */
const jumpMs = 320_000;
const segments = 12;
/** Event time of the whole slow lane: four windows of the settlement stage, each open for a quarter of the run. */
const slowMs = 40_000;
/** A slow lane that is very long passes the dedup horizon too: else its accounts would remember all that they ever paid. */
const slowStepMsMin = 2;

/**
 * The lane of each fresh payment. Windows of the fast one close every few seconds of a run, often before their task commits again, so
 * that a window lost from the state may not show. In the slow lane they stay open for long. A stage closes its windows by the event time of
 * the whole source partition, so the slow lane's merchants have one partition, the first, for themselves.
 */
export function lanes(draw: Draw, shape: WorkloadShape): () => Lane {
  const { keys, partitions, hotKeysPercent, longWindowsPercent = 0 } = shape;
  const accounts = numbered("a-", keys);
  const merchants = numbered("m-", Math.max(10, Math.round(keys / 10)));
  const slowAccounts = partitions < 2 ? 0 : Math.min(keys - 1, Math.round((keys * longWindowsPercent) / 100));
  const keyOf = { account: draw.fork("accounts"), merchant: draw.fork("merchants") };
  const lane = (own: { readonly accounts: readonly string[]; readonly merchants: readonly string[] }) => ({
    accountOf: hotKeys(keyOf.account, own.accounts, hotKeysPercent),
    merchantOf: hotKeys(keyOf.merchant, own.merchants, hotKeysPercent),
  });
  if (slowAccounts === 0) {
    const only = { ...lane({ accounts, merchants }), eventTime: fastTime(shape.inputs) };
    return () => only;
  }
  const isSlow = (merchant: string): boolean => fnv1a32(merchant) % partitions === 0;
  const slowMerchants = numbered("m-", merchants.length * partitions).filter(isSlow);
  const slow = {
    ...lane({ accounts: accounts.slice(-slowAccounts), merchants: slowMerchants.slice(0, merchants.length) }),
    eventTime: slowTime(shape.inputs),
  };
  const fast = {
    ...lane({ accounts: accounts.slice(0, -slowAccounts), merchants: merchants.filter((one) => !isSlow(one)) }),
    eventTime: fastTime(shape.inputs),
  };
  const which = draw.fork("lanes");
  return () => (which.unit() * 100 < longWindowsPercent ? slow : fast);
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
}

/** One key in a hundred is hot; together the hot ones get `percent` of the draws. */
function hotKeys(draw: Draw, keys: readonly string[], percent: number): () => string {
  const hot = Math.max(1, Math.round(keys.length / 100));
  return () => {
    const last = draw.unit() * 100 < percent ? hot : keys.length;
    return keys[draw.integer(1, last) - 1] ?? "";
  };
}

function fastTime(inputs: number): (i: number) => number {
  const stepMs = Math.min(60, Math.max(1, Math.round(steadyMs / inputs)));
  const perSegment = Math.ceil(inputs / segments);
  return (i) => began + i * stepMs + Math.floor(i / perSegment) * jumpMs;
}

function slowTime(inputs: number): (i: number) => number {
  const stepMs = Math.max(slowStepMsMin, slowMs / inputs);
  return (i) => began + Math.round(i * stepMs);
}
