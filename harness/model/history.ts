import type { HistoryEvent } from "./event.ts";
import type { LogBatch } from "./log.ts";

/** One element of the history as it is read back or seen live, in seq order. */
export type HistoryItem =
  { readonly kind: "event"; readonly event: HistoryEvent } | { readonly kind: "frame"; readonly batch: LogBatch };

/** A place where a history's files cannot be believed; what lies before and after it in that file was read. */
export interface HistoryProblem {
  /** File name inside the history directory. */
  readonly file: string;
  /** Byte offset in that file at which the damage begins. */
  readonly byte: number;
  /** A sentence without its full stop. */
  readonly what: string;
  /** For a log's file: its partition, and the offsets that are lost, both ends included; null: to the log's end. */
  readonly lost: {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly to: number | null;
  } | null;
}

/** How reading a history ended. */
export interface HistoryEnd {
  /** The last item is `run-ended`, its counts and digest agree, and there is no problem. */
  readonly complete: boolean;
  readonly events: number;
  readonly frames: number;
  readonly problems: readonly HistoryProblem[];
}
