import { slice } from "../model/evidence.ts";
import type { LogBatch } from "../model/log.ts";
import { readControl } from "./codec/control.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";

interface Commit {
  readonly key: string;
  readonly next: number | null;
  readonly at: number;
}

/** The commit with the highest log offset among plain ones and those of committed transactions. */
export function beginCommits(groups: ReadonlySet<string>): {
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

/** How the transaction that this batch closes went; null: it is no marker. */
export function markerOf(batch: LogBatch): "commit" | "abort" | null {
  if (!batch.control) return null;
  const read = readControl(slice(batch.bytes, batch.keyAt, 0), slice(batch.bytes, batch.valueAt, 0));
  return read.kind === "marker" ? read.outcome : null;
}

/** Index of the first offset at or above `next`; offsets ascend. */
export function firstAtLeast(offsets: Float64Array, next: number): number {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) < next) low = middle + 1;
    else high = middle;
  }
  return low;
}
