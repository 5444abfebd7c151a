import type { RecordEvent } from "../model/event.ts";
import type { ClusterView } from "./cluster-view.ts";
import { pause } from "./fetcher.ts";
import type { TailedPartition } from "./tailed-partition.ts";

/** What the wait for the end of all logs came to. */
export interface Settling {
  readonly settled: boolean;
  readonly open: readonly OpenPartition[];
  /** Transactions that the logs, as far as they were read, leave open. */
  readonly transactions: readonly string[];
}
export interface OpenPartition {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  /** -1: its leader did not say. */
  readonly logEnd: number;
  readonly lastStableOffset: number;
  readonly why: string;
}

const everyMs = 50;

/** Log ends and last stable offsets are asked of the leaders anew in every round. */
export async function settle(options: {
  readonly view: ClusterView;
  readonly partitions: readonly TailedPartition[];
  readonly record: RecordEvent;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly openTransactions: () => readonly string[];
  /** Partitions with a new leader that are still to be read again; those that are not when the time is over are told by OR2. */
  readonly secondReads: () => number;
}): Promise<Settling> {
  const began = performance.now();
  for (;;) {
    const ends = await askEnds(options.view, options.partitions);
    const open = ends.filter(({ why }) => why !== "");
    // Asked after the ends: what was read up to them says so. A complete record is written after all markers, so a
    // transaction may be open in the state log when no partition shows it any more.
    const transactions = options.openTransactions();
    const over = performance.now() - began > options.timeoutMs || options.signal.aborted;
    if (over || open.length + transactions.length + options.secondReads() === 0) {
      for (const { topic, partition, position, logEnd, lastStableOffset, why } of ends)
        if (why === "") options.record({ kind: "tail-settled", topic, partition, position, logEnd, lastStableOffset });
      return { settled: open.length === 0 && transactions.length === 0, open, transactions };
    }
    await pause(everyMs, options.signal);
  }
}

/** Each partition with why it is open; an empty reason: it is not. */
async function askEnds(view: ClusterView, partitions: readonly TailedPartition[]): Promise<readonly OpenPartition[]> {
  const byLeader = [...Map.groupBy(partitions, ({ leader }) => leader)];
  const perLeader = await Promise.all(
    byLeader.map(async ([node, own]) => {
      // The last stable offset first: when it equals a high watermark that was read later, nothing was open between.
      const stable = await view.offsets(node, { partitions: own, which: "last-stable" });
      const ends = await view.offsets(node, { partitions: own, which: "high-watermark" });
      return own.map((one) => {
        const { topic, partition, position } = one;
        const logEnd = ends.get(`${topic}-${partition}`) ?? -1;
        const lastStableOffset = stable.get(`${topic}-${partition}`) ?? -1;
        return { topic, partition, position, logEnd, lastStableOffset, why: whyOpen(one, logEnd, lastStableOffset) };
      });
    }),
  );
  return perLeader.flat();
}

function whyOpen(one: TailedPartition, logEnd: number, lastStableOffset: number): string {
  if (one.failed !== null) return `it cannot be read: ${one.failed}`;
  if (logEnd < 0 || lastStableOffset < 0) return "its leader does not answer";
  if (lastStableOffset !== logEnd) return `a transaction is open from ${lastStableOffset} on`;
  return one.position === logEnd ? "" : `read up to ${one.position} of ${logEnd}`;
}
