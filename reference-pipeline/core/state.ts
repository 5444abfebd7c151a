/** State of one key of a task, independent of the schema that a version writes (docs/reference-pipeline.md). */
export type State = AccountState | WindowState | NewestState;

/** Stage `velocity`, per account. */
export interface AccountState {
  readonly kind: "account";
  /** Accepted payments of the dedup horizon, in order of acceptance. */
  readonly recent: readonly Accepted[];
  readonly n: number;
  readonly t: number;
  /** Largest event time ever accepted, ms. */
  readonly lastAt: number;
}
export interface Accepted {
  readonly id: string;
  readonly at: number;
}

/** Stage `settlement`, per merchant and window. */
export interface WindowState {
  readonly kind: "window";
  readonly n: number;
  readonly t: number;
}

/** Stage `settlement`, per task, under `newestKey`: the largest event time of the source partition so far, ms. */
export interface NewestState {
  readonly kind: "newest";
  readonly newest: number;
}

export const newestKey = "#newest";
export const windowMs = 10_000;
export const latenessMs = 5_000;

export function windowKey(merchant: string, window: number): string {
  return `${merchant}@${window}`;
}

/** Merchant and window of a key that `windowKey` made; the merchant may itself hold an `@`. */
export function splitWindowKey(key: string): { readonly merchant: string; readonly window: number } {
  const at = key.lastIndexOf("@");
  return { merchant: key.slice(0, at), window: Number(key.slice(at + 1)) };
}

/** State as a step reads it. */
export interface StateView {
  get(key: string): State | undefined;
  keys(): Iterable<string>;
}
