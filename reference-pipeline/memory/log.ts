import type { OutRecord } from "../core/effects.ts";

/** One transaction. Its id is the producer's id and epoch; what it wrote shares its fate. */
export interface Transaction {
  readonly producerId: number;
  status: "open" | "committed" | "aborted";
  readonly written: Set<PartitionLog>;
  readonly offsets: PendingOffset[];
}

/** An offset commit inside a transaction: in the offsets log at `at`, in force once the transaction is committed. */
export interface PendingOffset {
  readonly group: string;
  readonly partition: number;
  readonly next: number;
  readonly at: number;
}

export interface LogRecord extends OutRecord {
  readonly offset: number;
  /** Null: written outside any transaction. */
  readonly transaction: Transaction | null;
}

/** One partition: data records; offsets of markers are gaps, as a reader sees them. */
export interface PartitionLog {
  /** Log end offset; everything is replicated at once, so it is the high watermark too. */
  end: number;
  readonly records: LogRecord[];
}

export function isCommitted({ transaction }: LogRecord): boolean {
  return transaction === null || transaction.status === "committed";
}

/** First offset of the earliest open transaction, or the end when none is open. */
export function lastStableOffset(log: PartitionLog): number {
  return log.records.find(({ transaction }) => transaction?.status === "open")?.offset ?? log.end;
}
