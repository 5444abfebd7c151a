import type { HistoryName } from "./model.ts";
import type { Trial } from "./trial.ts";

/** One kind in one history, tried with `trials` seeds from `seed` on. */
export interface Job {
  readonly history: HistoryName;
  readonly kind: string;
  readonly seed: string;
  readonly trials: number;
}

/** What a worker says: the trials of a job, or why it could not be done. */
export type Said = { readonly job: Job; readonly trials: readonly Trial[] } | { readonly failed: string };
