import type { HistoryEvent } from "./event.ts";
import type { LogBatch } from "./log.ts";

/** One element of the history as it is read back or seen live, in seq order. */
export type HistoryItem =
  { readonly kind: "event"; readonly event: HistoryEvent } | { readonly kind: "frame"; readonly batch: LogBatch };

/** A place where a history's files cannot be believed; what lies before it in that file was readable. */
export interface HistoryProblem {
  /** File name inside the history directory. */
  readonly file: string;
  /** Byte offset in that file at which the damage begins. */
  readonly byte: number;
  readonly what: string;
  /** For a log's file: its partition, and the first offset that is not readable any more. */
  readonly lost: { readonly topic: string; readonly partition: number; readonly from: number } | null;
}

/** How reading a history ended. */
export interface HistoryEnd {
  /** The last item is `run-ended`, its counts and digest agree, and there is no problem. */
  readonly complete: boolean;
  readonly events: number;
  readonly frames: number;
  readonly problems: readonly HistoryProblem[];
}
