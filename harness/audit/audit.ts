import type { CheckpointFile, EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEnd, HistoryItem } from "../model/history.ts";
import { endOf } from "./ending.ts";
import { startHandOver } from "./hand-over.ts";
import { startLedger, type AuditOptions } from "./ledger.ts";

/** Joins frames and events into what checkers step over (evidence.md; order: model/evidence.ts). Pure. */
export interface Audit {
  /** The next item of the history, in seq order. */
  step(item: HistoryItem): readonly EvidenceBatch[];
  /** A checkpoint file, handed in right after its `disk-copied` event. */
  checkpoint(file: CheckpointFile): readonly EvidenceBatch[];
  /** The history is over: what only the whole can decide, then `end`. To be called once. */
  finish(coverage: Pick<HistoryEnd, "complete" | "problems">): readonly EvidenceBatch[];
}

export function startAudit(options: AuditOptions): Audit {
  const ledger = startLedger(options);
  const handOver = startHandOver(ledger);
  return {
    step(item) {
      if (item.kind === "event") {
        ledger.event(item.event);
        return [{ kind: "event", event: item.event }, ...handOver.ready()];
      }
      return [{ kind: "log", batch: item.batch }, ...ledger.frame(item.batch), ...handOver.ready()];
    },
    checkpoint: (checkpoint) => [{ kind: "checkpoint", checkpoint }],
    finish: (coverage) => endOf(ledger, handOver, coverage),
  };
}
