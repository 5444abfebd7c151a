import type { EvidenceBatch, EvidenceGap } from "../model/evidence.ts";
import { addBit, hasBit, beginBits, type PagedBits } from "./paged-bits.ts";

/** Acknowledged sends against the logs: what a broker acknowledged and no log holds is lost by Kafka, not by the pipeline. */
export interface Sends {
  /** By the seq of `send-invoked`. */
  readonly open: Map<number, { readonly log: SentLog; readonly count: number }>;
  /** By `topic-partition`, from the first send on. */
  readonly logs: Map<string, SentLog>;
}

interface SentLog {
  readonly topic: string;
  readonly partition: number;
  readonly acknowledged: { readonly base: number; readonly count: number }[];
  readonly held: PagedBits;
}

export function beginSends(): Sends {
  return { open: new Map(), logs: new Map() };
}

export function stepSends({ open, logs }: Sends, batch: EvidenceBatch): void {
  if (batch.kind === "log") {
    const log = logs.get(`${batch.batch.topic}-${batch.batch.partition}`);
    if (log !== undefined) for (const offset of batch.batch.offsets) if (offset >= 0) addBit(log.held, offset);
    return;
  }
  if (batch.kind !== "event") return;
  const { event } = batch;
  if (event.kind === "send-invoked") {
    const { topic, partition, count } = event;
    const name = `${topic}-${partition}`;
    const log = logs.get(name) ?? { topic, partition, acknowledged: [], held: beginBits() };
    logs.set(name, log);
    open.set(event.seq, { log, count });
  }
  if (event.kind !== "send-ok" && event.kind !== "send-fail" && event.kind !== "send-info") return;
  const invoked = open.get(event.invoked);
  open.delete(event.invoked);
  if (event.kind === "send-ok" && invoked !== undefined)
    invoked.log.acknowledged.push({ base: event.baseOffset, count: invoked.count });
}

/** Acknowledged records that the history does not hold, a run of offsets each: holes in the evidence, whoever lost them. To be asked at the end. */
export function lostSends({ logs }: Sends): readonly (EvidenceGap & { readonly count: number })[] {
  return [...logs.values()].flatMap(({ topic, partition, acknowledged, held }) => {
    const runs: { from: number; to: number }[] = [];
    for (const { base, count } of acknowledged.toSorted((a, b) => a.base - b.base))
      for (let at = base; at < base + count; at += 1) {
        if (hasBit(held, at)) continue;
        const last = runs.at(-1);
        if (last !== undefined && at <= last.to + 1) last.to = at;
        else runs.push({ from: at, to: at });
      }
    const what = "a record that a broker acknowledged is missing";
    return runs.map(({ from, to }) => ({ what, topic, partition, from, to, count: to - from + 1 }));
  });
}

/** The first offset in [from, to) of which a broker said that a record is there; null: none. */
export function firstAcknowledged(
  { logs }: Sends,
  { topic, partition }: Pick<SentLog, "topic" | "partition">,
  from: number,
  to: number,
): number | null {
  let first = Infinity;
  for (const { base, count } of logs.get(`${topic}-${partition}`)?.acknowledged ?? [])
    if (base < to && base + count > from) first = Math.min(first, Math.max(base, from));
  return first === Infinity ? null : first;
}

export function sendReasons(sends: Sends): readonly string[] {
  const lost = Map.groupBy(lostSends(sends), ({ topic, partition }) => `${topic}-${partition}`);
  return [...lost].map(([log, runs]) => {
    const count = runs.reduce((sum, run) => sum + run.count, 0);
    return `${count} records that a broker acknowledged are not in ${log}: broker loss, or a hole in the tail; read the brokers' logs.`;
  });
}
