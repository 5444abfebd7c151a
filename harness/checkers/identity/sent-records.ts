import { contentHash, type PlannedRecords } from "../../base/planned-records.ts";
import { slice } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { LogBatch } from "../../model/log.ts";
import { indexRuns } from "../../facts/index-runs.ts";

/**
 * Records of the source logs against the planned ones, at the offsets that a broker acknowledged. What is waiting is bounded by the
 * sends in flight: a record waits for its acknowledgement, or an acknowledgement for its record.
 */
export interface SentRecords {
  readonly planned: PlannedRecords;
  /** By the send's seq. */
  readonly open: Map<number, { readonly log: string; readonly runs: readonly (readonly [number, number])[] }>;
  readonly logs: ReadonlyMap<string, Log>;
  readonly reasons: Set<string>;
}

interface Log {
  /** Hashes of records that no acknowledgement has named yet, by offset. */
  readonly read: Map<number, number>;
  /** Numbers of acknowledged records that were not read yet, by offset. */
  readonly acknowledged: Map<number, number>;
  differing: number;
  firstDiffering: number | null;
}

export function beginSentRecords(planned: PlannedRecords): SentRecords {
  const log = (): Log => ({ read: new Map(), acknowledged: new Map(), differing: 0, firstDiffering: null });
  return {
    planned,
    open: new Map(),
    logs: new Map([...planned.logs].map((name) => [name, log()])),
    reasons: new Set(),
  };
}

export function learnSentFrame({ logs, planned }: SentRecords, batch: LogBatch): void {
  const name = `${batch.topic}-${batch.partition}`;
  const log = logs.get(name);
  if (log === undefined || batch.control) return;
  for (let i = 0; i < batch.count; i += 1) {
    const offset = batch.offsets[i] ?? -1;
    const hash = contentHash(name, slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
    const index = log.acknowledged.get(offset);
    if (index === undefined) log.read.set(offset, hash);
    else {
      log.acknowledged.delete(offset);
      compare({ log, planned, offset, index, hash });
    }
  }
}

export function learnSent(sent: SentRecords, event: HistoryEvent): void {
  const { open, logs, planned, reasons } = sent;
  if (event.kind === "send-invoked") {
    const log = `${event.topic}-${event.partition}`;
    const runs = indexRuns(event.indexes);
    if (runs === null || event.stream !== planned.stream || !logs.has(log))
      reasons.add(`The history sends to ${log}, to which the plan's stream ${planned.stream} sends nothing.`);
    else open.set(event.seq, { log, runs });
  }
  if (event.kind === "send-fail" || event.kind === "send-info") open.delete(event.invoked);
  if (event.kind !== "send-ok") return;
  const invoked = open.get(event.invoked);
  const log = logs.get(invoked?.log ?? "");
  open.delete(event.invoked);
  if (invoked === undefined || log === undefined) return;
  let offset = event.baseOffset;
  for (const [first, last] of invoked.runs)
    for (let index = first; index <= last && index < planned.hashes.length; index += 1, offset += 1)
      acknowledge({ log, planned, offset, index });
}

interface Place {
  readonly log: Log;
  readonly planned: PlannedRecords;
  readonly offset: number;
  /** Number of the record in its stream. */
  readonly index: number;
}

function acknowledge(place: Place): void {
  const { log, offset, index } = place;
  const hash = log.read.get(offset);
  if (hash === undefined) log.acknowledged.set(offset, index);
  else {
    log.read.delete(offset);
    compare({ ...place, hash });
  }
}

function compare({ log, planned, offset, index, hash }: Place & { readonly hash: number }): void {
  if (planned.hashes[index] === hash) return;
  log.differing += 1;
  log.firstDiffering ??= offset;
}

export function sentReasons({ logs, reasons }: SentRecords): readonly string[] {
  return [
    ...reasons,
    ...[...logs].flatMap(([name, { differing, firstDiffering }]) =>
      differing === 0
        ? []
        : [
            `${differing} records of ${name} are not those that the plan sends, ${name}@${firstDiffering} the first: they are of another seed, or damaged.`,
          ],
    ),
  ];
}
