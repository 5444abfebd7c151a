import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { beginCommits, firstAtLeast, markerOf } from "./commits-in-force.ts";
import { readState, type TransactionStatus } from "./codec/transaction-state.ts";
import { offsetsTopic, stateTopic, topologyOf } from "./topology.ts";

/** Lag as evidence.md defines it, kept up to date frame by frame: a pure fold, for gauges and gates. */
export interface Lag {
  step(batch: LogBatch): void;
  tasks(): readonly TaskLag[];
  /** Transactions that are open as far as the logs were read: `transactional id` or `topic-partition`; empty: none. */
  open(): readonly string[];
}
export interface TaskLag {
  readonly stage: string;
  readonly partition: number;
  /** The committed offset in force, of several sources the sum of theirs, which grows with each; null: never committed. */
  readonly committedNext: number | null;
  /** Committed data records at or above it, of all sources together. */
  readonly lag: number;
}

const openStatuses: ReadonlySet<TransactionStatus> = new Set(["ongoing", "prepare-commit", "prepare-abort"]);

export function beginLag(description: PipelineDescription, partitions: number): Lag {
  const data = new Map<string, SourceData>();
  const commits = beginCommits(new Set(description.stages.map(({ group }) => group)));
  const topology = topologyOf(description, partitions);
  const { all: tasks } = topology.tasks;
  const open = new Set<string>();

  function sourceOf(topic: string, partition: number): SourceData {
    const key = `${topic}-${partition}`;
    const known = data.get(key) ?? beginSourceData();
    data.set(key, known);
    return known;
  }
  function stateRecords(batch: LogBatch): void {
    for (let i = 0; i < batch.count; i += 1) {
      const state = readState(slice(batch.bytes, batch.keyAt, i), slice(batch.bytes, batch.valueAt, i));
      if (state.kind === "unreadable") continue;
      if (state.kind === "state" && openStatuses.has(state.status) && topology.concerns(state))
        open.add(state.transactionalId);
      else open.delete(state.transactionalId);
    }
  }
  return {
    step(batch) {
      const { topic, partition } = batch;
      if (topic === stateTopic && !batch.control) stateRecords(batch);
      if (topic === offsetsTopic) commits.step(batch);
      if (topology.readers(topic).length > 0) sourceOf(topic, partition).step(batch);
    },
    tasks: () =>
      tasks.map(({ stage, partition, group, reads }) => {
        const sources = reads.map(({ topic }) => {
          const next = commits.next(group, topic, partition);
          return { next, lag: sourceOf(topic, partition).from(next ?? 0) };
        });
        return { stage, partition, committedNext: sumOf(sources), lag: sources.reduce((sum, { lag }) => sum + lag, 0) };
      }),
    open: () => [...open, ...[...data].filter(([, source]) => source.isOpen()).map(([place]) => place)],
  };
}

function sumOf(sources: readonly { readonly next: number | null }[]): number | null {
  const known = sources.flatMap(({ next }) => next ?? []);
  return known.length === 0 ? null : known.reduce((sum, next) => sum + next, 0);
}

/** Offsets of one source partition's data records: committed ones, and those of transactions still open. */
interface SourceData {
  step(batch: LogBatch): void;
  /** Committed records at or above the offset; what lies below is forgotten, so a committed offset that goes back (OF1) is shown too small a lag. */
  from(next: number): number;
  isOpen(): boolean;
}

function beginSourceData(): SourceData {
  const open = new Map<number, Float64Array[]>();
  let committed: Float64Array[] = [];
  return {
    step(batch) {
      const { producerId } = batch;
      const outcome = markerOf(batch);
      if (outcome === null) {
        if (!batch.transactional) committed.push(batch.offsets);
        else if (!batch.control) open.set(producerId, [...(open.get(producerId) ?? []), batch.offsets]);
        return;
      }
      if (outcome === "commit") committed.push(...(open.get(producerId) ?? []));
      open.delete(producerId);
    },
    from(next) {
      committed = committed.filter((offsets) => (offsets.at(-1) ?? -1) >= next);
      return committed.reduce((sum, offsets) => sum + offsets.length - firstAtLeast(offsets, next), 0);
    },
    isOpen: () => open.size > 0,
  };
}
