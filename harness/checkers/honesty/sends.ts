import type { EvidenceBatch, EvidenceEnd } from "../../model/evidence.ts";
import { addBit, hasBit, startBits, type PagedBits } from "../paged-bits.ts";

/** Acknowledged sends against the logs: what a broker acknowledged and no log holds is lost by Kafka, not by the pipeline. */
export interface Sends {
  readonly open: Map<number, { readonly log: string; readonly count: number }>;
  readonly acknowledged: Map<string, { readonly base: number; readonly count: number }[]>;
  readonly held: Map<string, PagedBits>;
  end: EvidenceEnd | null;
}

export function startSends(): Sends {
  return { open: new Map(), acknowledged: new Map(), held: new Map(), end: null };
}

export function learnSend(sends: Sends, batch: EvidenceBatch): void {
  if (batch.kind === "end") sends.end = batch.end;
  if (batch.kind === "log" && sends.acknowledged.has(`${batch.batch.topic}-${batch.batch.partition}`))
    hold(sends, `${batch.batch.topic}-${batch.batch.partition}`, batch.batch.offsets);
  if (batch.kind !== "event") return;
  const { event } = batch;
  if (event.kind === "send-invoked") {
    const log = `${event.topic}-${event.partition}`;
    sends.open.set(event.seq, { log, count: event.count });
    if (!sends.acknowledged.has(log)) sends.acknowledged.set(log, []); // from here on the log is held
  }
  if (event.kind === "send-fail" || event.kind === "send-info") sends.open.delete(event.invoked);
  if (event.kind !== "send-ok") return;
  const invoked = sends.open.get(event.invoked);
  sends.open.delete(event.invoked);
  if (invoked !== undefined)
    sends.acknowledged.get(invoked.log)?.push({ base: event.baseOffset, count: invoked.count });
}

export function sendReasons({ acknowledged, held, end }: Sends): readonly string[] {
  if (end === null) return [];
  const reasons: string[] = [];
  for (const [log, sent] of acknowledged) {
    const bits = held.get(log);
    let lost = 0;
    for (const { base, count } of sent)
      for (let i = base; i < base + count; i++) if (bits === undefined || !hasBit(bits, i)) lost += 1;
    if (lost > 0)
      reasons.push(
        `${lost} records that a broker acknowledged are not in ${log}: broker loss, or a hole in the tail; read the brokers' logs.`,
      );
  }
  return reasons;
}

function hold(sends: Sends, log: string, offsets: Float64Array): void {
  let bits = sends.held.get(log);
  if (bits === undefined) sends.held.set(log, (bits = startBits()));
  for (const offset of offsets) if (offset >= 0) addBit(bits, offset);
}
