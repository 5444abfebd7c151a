import type { CheckpointFile, EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEnd, HistoryItem } from "../model/history.ts";
import { endOf } from "./ending.ts";
import { beginHandOver } from "./hand-over.ts";
import { learnEvent, learnFrame, beginLedger, type AuditOptions } from "./ledger.ts";

/** Joins frames and events into what checkers step over (evidence.md; order: model/evidence.ts). Pure. */
export interface Audit {
  /** The next item of the history, in seq order. */
  step(item: HistoryItem): readonly EvidenceBatch[];
  /** A checkpoint file, handed in right after the event that names it. */
  checkpoint(file: CheckpointFile): readonly EvidenceBatch[];
  /**
   * The history is over: what only the whole can decide, then `end`. To be called once. `damage`: files of members' disks
   * that are not as they were copied.
   */
  finish(coverage: Pick<HistoryEnd, "complete" | "problems">, damage?: readonly string[]): readonly EvidenceBatch[];
}

export function beginAudit(options: AuditOptions): Audit {
  const ledger = beginLedger(options);
  const handOver = beginHandOver(ledger);
  return {
    step(item) {
      if (item.kind === "event") {
        learnEvent(ledger, item.event);
        return [{ kind: "event", event: item.event }, ...handOver.ready()];
      }
      return [{ kind: "log", batch: item.batch }, ...learnFrame(ledger, item.batch), ...handOver.ready()];
    },
    checkpoint: (checkpoint) => [{ kind: "checkpoint", checkpoint }],
    finish(coverage, damage = []) {
      // No log has a hole by it: what rests on the logs alone still stands.
      for (const what of damage) ledger.gaps.add({ what, topic: "disk", partition: null, from: null, to: null });
      return endOf(ledger, handOver, coverage);
    },
  };
}
