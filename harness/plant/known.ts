import { beginAudit } from "../audit/audit.ts";
import type { CheckpointFile, EvidenceBatch, Transaction } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { HistoryItem } from "../model/history.ts";
import type { LogBatch } from "../model/log.ts";
import type { ExpectedEffect, PipelineDescription, Specification, StageSpec } from "../model/pipeline.ts";
import { recordAt, type BatchRecord } from "./batch.ts";
import { nameOf, type Log } from "./edits.ts";

/** What the audit makes of an undamaged history, and where everything lies in it. */
export interface Known {
  readonly transactions: readonly Transaction[];
  /** Outputs and changelog records outside transactions. */
  readonly plain: readonly Extract<EvidenceBatch, { readonly kind: "plain-records" }>[];
  readonly plainCommits: readonly Extract<EvidenceBatch, { readonly kind: "plain-commit" }>[];
  /** What f expects of a committed source record; undefined: there is none at that offset. */
  expected(stage: string, partition: number, offset: number): ExpectedEffect | undefined;
  /** Offsets of aborted records of a source partition. */
  aborted(stage: string, partition: number): readonly number[];
  /** The names of all logs that have frames. */
  readonly logs: ReadonlyMap<string, Log>;
  /** Indexes of a log's frames, in the order of their offsets. */
  frames(log: Log): readonly number[];
  /** The index of the frame that holds the record, and the record. */
  find(log: Log, offset: number): Found | null;
  /** The offset behind the last record. */
  end(log: Log): number;
  stage(name: string): StageSpec | undefined;
  events(kind: HistoryEvent["kind"]): readonly number[];
}

export interface Found {
  readonly index: number;
  readonly batch: LogBatch;
  readonly record: BatchRecord;
}

export interface KnownOf {
  readonly description: PipelineDescription;
  readonly specification: Specification;
  readonly partitions: number;
  readonly items: readonly HistoryItem[];
  readonly files: ReadonlyMap<number, readonly CheckpointFile[]>;
}

export function knownOf(of: KnownOf): Known {
  const { description, items } = of;
  const transactions: Transaction[] = [];
  const plain: Extract<EvidenceBatch, { readonly kind: "plain-records" }>[] = [];
  const plainCommits: Extract<EvidenceBatch, { readonly kind: "plain-commit" }>[] = [];
  const expected = new Map<string, ExpectedEffect>();
  const aborted = new Map<string, number[]>();
  for (const batch of auditedBatches(of)) {
    if (batch.kind === "transaction") transactions.push(batch.transaction);
    if (batch.kind === "plain-records") plain.push(batch);
    if (batch.kind === "plain-commit") plainCommits.push(batch);
    if (batch.kind === "source")
      for (const [i, effect] of (batch.expected ?? []).entries())
        expected.set(`${batch.stage}/${batch.partition}/${batch.records.offsets[i] ?? 0}`, effect);
    if (batch.kind === "aborted-source") {
      const key = `${batch.stage}/${batch.partition}`;
      aborted.set(key, [...(aborted.get(key) ?? []), ...batch.records.offsets]);
    }
  }
  const { logs, frames } = indexOf(items);
  const kinds = Map.groupBy(items.keys(), (index) => kindOf(items[index]));
  const batchAt = (index: number): LogBatch | null => {
    const item = items[index];
    return item?.kind === "frame" ? item.batch : null;
  };
  const framesOf = (log: Log): readonly number[] => frames.get(nameOf(log)) ?? [];
  return {
    transactions,
    plain,
    plainCommits,
    expected: (stage, partition, offset) => expected.get(`${stage}/${partition}/${offset}`),
    aborted: (stage, partition) => aborted.get(`${stage}/${partition}`) ?? [],
    logs,
    frames: framesOf,
    find(log, offset) {
      for (const index of framesOf(log)) {
        const batch = batchAt(index);
        if (batch === null || batch.lastOffset < offset) continue;
        const i = batch.offsets.indexOf(offset);
        return i < 0 ? null : { index, batch, record: recordAt(batch, i) };
      }
      return null;
    },
    end: (log) => (batchAt(framesOf(log).at(-1) ?? -1)?.lastOffset ?? -1) + 1,
    stage: (name) => description.stages.find((stage) => stage.name === name),
    events: (kind) => kinds.get(kind) ?? [],
  };
}

function auditedBatches({ items, files, ...options }: KnownOf): readonly EvidenceBatch[] {
  const audit = beginAudit(options);
  const batches: EvidenceBatch[] = [];
  for (const [index, item] of items.entries()) {
    batches.push(...audit.step(item));
    for (const file of files.get(index) ?? []) batches.push(...audit.checkpoint(file));
  }
  return [...batches, ...audit.finish({ complete: true, problems: [] })];
}

function indexOf(items: readonly HistoryItem[]): {
  readonly logs: Map<string, Log>;
  readonly frames: Map<string, number[]>;
} {
  const logs = new Map<string, Log>();
  const frames = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    if (item.kind !== "frame") continue;
    const { topic, partition } = item.batch;
    const name = nameOf(item.batch);
    logs.set(name, { topic, partition });
    const own = frames.get(name);
    if (own === undefined) frames.set(name, [index]);
    else own.push(index);
  }
  return { logs, frames };
}

function kindOf(item: HistoryItem | undefined): HistoryEvent["kind"] | "frame" {
  return item?.kind === "event" ? item.event.kind : "frame";
}
