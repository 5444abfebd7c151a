import type { Anomaly } from "../../model/finding.ts";
import type { HistoryItem } from "../../model/history.ts";

/** What the thread of the online checks is started with. */
export interface OnlineQuestion {
  /** Path of plan.json. */
  readonly planPath: string;
  readonly hostFactor: number;
}

/** Items of the history in seq order, as they came since the chunk before. */
export interface Chunk {
  readonly number: number;
  readonly items: readonly HistoryItem[];
}

/** What the thread answers to each chunk. */
export interface ChunkChecked {
  readonly number: number;
  /** Whether it was looked for anomalies after this chunk. */
  readonly hasLooked: boolean;
  readonly found: readonly Pick<Anomaly, "invariant" | "sentence" | "evidence" | "seq">[];
  /** Processor time of the thread so far. */
  readonly cpuMs: number;
  readonly looks: number;
  readonly longestLookMs: number;
}
