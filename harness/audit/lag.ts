import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { readControl } from "./codec/control.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";
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
  /** The committed offset in force; null: never committed. */
  readonly committedNext: number | null;
  /** Committed data records at or above it. */
  readonly lag: number;
}

const openStatuses: ReadonlySet<TransactionStatus> = new Set(["ongoing", "prepare-commit", "prepare-abort"]);

export function startLag(description: PipelineDescription, partitions: number): Lag {
  const sources = new Set(description.stages.map(({ source }) => source));
  const data = new Map<string, SourceData>();
  const commits = startCommits(new Set(description.stages.map(({ group }) => group)));
  const topology = topologyOf(description, partitions);
  const open = new Set<string>();

  function sourceOf(topic: string, partition: number): SourceData {
    const key = `${topic}-${partition}`;
    const known = data.get(key) ?? startSourceData();
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
      if (sources.has(topic)) sourceOf(topic, partition).step(batch);
    },
    tasks: () =>
      description.stages.flatMap(({ name, source, group }) =>
        Array.from({ length: partitions }, (_, partition) => {
          const committedNext = commits.next(group, source, partition);
          return { stage: name, partition, committedNext, lag: sourceOf(source, partition).from(committedNext ?? 0) };
        }),
      ),
    open: () => [...open, ...[...data].filter(([, source]) => source.isOpen()).map(([place]) => place)],
  };
}

/** Offsets of one source partition's data records: committed ones, and those of transactions still open. */
interface SourceData {
  step(batch: LogBatch): void;
  /** Committed records at or above the offset; what lies below is forgotten, so a committed offset that goes back (OF1) is shown too small a lag. */
  from(next: number): number;
  isOpen(): boolean;
}

function startSourceData(): SourceData {
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

function markerOf(batch: LogBatch): "commit" | "abort" | null {
  if (!batch.control) return null;
  const read = readControl(slice(batch.bytes, batch.keyAt, 0), slice(batch.bytes, batch.valueAt, 0));
  return read.kind === "marker" ? read.outcome : null;
}

/** Index of the first offset at or above `next`; offsets ascend. */
function firstAtLeast(offsets: Float64Array, next: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < next) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Commit {
  readonly key: string;
  readonly next: number | null;
  readonly at: number;
}

/** The commit with the highest log offset among plain ones and those of committed transactions. */
function startCommits(groups: ReadonlySet<string>): {
  step(batch: LogBatch): void;
  next(group: string, topic: string, partition: number): number | null;
} {
  const best = new Map<string, Commit>();
  const open = new Map<string, Commit[]>();
  const settle = (commit: Commit): void => {
    if ((best.get(commit.key)?.at ?? -1) < commit.at) best.set(commit.key, commit);
  };
  return {
    step(batch) {
      const producer = `${batch.partition} ${batch.producerId}`;
      const outcome = markerOf(batch);
      if (outcome === "commit") for (const commit of open.get(producer) ?? []) settle(commit);
      if (outcome !== null) open.delete(producer);
      if (batch.control) return;
      for (let i = 0; i < batch.count; i += 1) {
        const key = slice(batch.bytes, batch.keyAt, i);
        const read = readOffsetsRecord(key, slice(batch.bytes, batch.valueAt, i), groups);
        if (read.kind !== "commit") continue;
        const { group, topic, partition, nextOffset } = read;
        const commit = { key: `${group}/${topic}-${partition}`, next: nextOffset, at: batch.offsets[i] ?? 0 };
        if (batch.transactional) open.set(producer, [...(open.get(producer) ?? []), commit]);
        else settle(commit);
      }
    },
    next: (group, topic, partition) => best.get(`${group}/${topic}-${partition}`)?.next ?? null,
  };
}
