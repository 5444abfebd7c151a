import type { LogBatch } from "../model/log.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import { beginCommits, firstAtLeast, markerOf } from "./commits-in-force.ts";
import { offsetsTopic, topologyOf } from "./topology.ts";

/** How long a stage took for so many records that could be read at the same time. */
export interface Took {
  readonly stage: string;
  readonly ms: number;
  readonly records: number;
}

/**
 * How long records take from when they can be read to the commit of their offset, frame by frame: a pure fold. What can be read is
 * committed; a group that commits less than before is not measured again.
 */
export interface Latency {
  /** A frame that was read at this time. */
  step(batch: LogBatch, nowMs: number): readonly Took[];
  /** The records that wait now, with their age so far. */
  waiting(nowMs: number): readonly Took[];
}

/** Records of one batch that no commit covers yet. */
interface Waiting {
  readonly offsets: Float64Array;
  readonly sinceMs: number;
}

interface Reading {
  readonly stage: string;
  readonly group: string;
  queue: readonly Waiting[];
}

export function beginLatency(description: PipelineDescription, partitions: number): Latency {
  const topology = topologyOf(description, partitions);
  const commits = beginCommits(topology.groups);
  /** Per source partition, who reads it. */
  const readings = new Map<string, readonly Reading[]>();
  const open = new Map<string, readonly Float64Array[]>();

  function arrived(batch: LogBatch, offsets: readonly Float64Array[], sinceMs: number): void {
    const place = `${batch.topic}-${batch.partition}`;
    const known =
      readings.get(place) ??
      topology.readers(batch.topic).map(({ name, group }): Reading => ({ stage: name, group, queue: [] }));
    readings.set(place, known);
    for (const reading of known)
      reading.queue = [...reading.queue, ...offsets.map((one) => ({ offsets: one, sinceMs }))];
  }
  function learnSource(batch: LogBatch, nowMs: number): void {
    const producer = `${batch.topic}-${batch.partition} ${batch.producerId}`;
    const outcome = markerOf(batch);
    if (outcome === "commit") arrived(batch, open.get(producer) ?? [], nowMs);
    if (outcome !== null) open.delete(producer);
    else if (!batch.transactional) arrived(batch, [batch.offsets], nowMs);
    else if (!batch.control) open.set(producer, [...(open.get(producer) ?? []), batch.offsets]);
  }
  /** Takes from every queue what the commits in force cover. */
  function settle(nowMs: number): readonly Took[] {
    const took: Took[] = [];
    for (const [place, readers] of readings)
      for (const reading of readers) {
        const dash = place.lastIndexOf("-");
        const next = commits.next(reading.group, place.slice(0, dash), Number(place.slice(dash + 1))) ?? 0;
        const { done, left } = covered(reading.queue, next);
        reading.queue = left;
        for (const { sinceMs, offsets } of done)
          took.push({ stage: reading.stage, ms: nowMs - sinceMs, records: offsets.length });
      }
    return took;
  }
  return {
    step(batch, nowMs) {
      if (topology.readers(batch.topic).length > 0) learnSource(batch, nowMs);
      if (batch.topic !== offsetsTopic) return [];
      commits.step(batch);
      return settle(nowMs);
    },
    waiting: (nowMs) =>
      [...readings.values()].flatMap((readers) =>
        readers.flatMap(({ stage, queue }) =>
          queue.map(({ sinceMs, offsets }) => ({ stage, ms: nowMs - sinceMs, records: offsets.length })),
        ),
      ),
  };
}

/** The queue split where the committed offset lies. */
function covered(
  queue: readonly Waiting[],
  next: number,
): { readonly done: readonly Waiting[]; readonly left: readonly Waiting[] } {
  const done: Waiting[] = [];
  const left: Waiting[] = [];
  for (const { offsets, sinceMs } of queue) {
    const at = firstAtLeast(offsets, next);
    if (at > 0) done.push({ offsets: offsets.subarray(0, at), sinceMs });
    if (at < offsets.length) left.push({ offsets: offsets.subarray(at), sinceMs });
  }
  return { done, left };
}
