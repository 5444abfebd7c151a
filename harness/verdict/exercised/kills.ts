import { eventRef, type EvidenceBatch } from "../../model/evidence.ts";
import { counted, type Counted } from "./witnesses.ts";
import { incarnationOf } from "./writers.ts";

/**
 * Incarnations that a crash fault ended while a transaction of theirs had records in the log; it was aborted only after
 * their death.
 */
export interface Kills {
  /** `member/incarnation` → seq of its end by a fault. */
  readonly ended: Map<string, number>;
  /** Aborted transactions with records, by incarnation. */
  readonly aborted: { readonly incarnation: string; readonly firstSeq: number; readonly seq: number }[];
}

export function startKills(): Kills {
  return { ended: new Map(), aborted: [] };
}

export function learnKill(kills: Kills, batch: EvidenceBatch): void {
  if (batch.kind === "event") {
    const { event } = batch;
    if (event.kind === "process-ended" && event.cause === "fault")
      kills.ended.set(`${event.process}/${event.incarnation}`, event.seq);
    return;
  }
  if (batch.kind !== "transaction" || batch.transaction.outcome !== "aborted") return;
  const { firstSeq, seq } = batch.transaction;
  const incarnation = firstSeq === null ? null : incarnationOf(batch.transaction);
  if (firstSeq !== null && incarnation !== null) kills.aborted.push({ incarnation, firstSeq, seq });
}

export function killsWithOpenTransaction({ ended, aborted }: Kills): Counted {
  const refs: string[] = [];
  for (const [incarnation, end] of ended)
    if (aborted.some((one) => one.incarnation === incarnation && one.firstSeq < end && one.seq > end))
      refs.push(eventRef(end));
  return counted(refs);
}
