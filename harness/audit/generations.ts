import { slice } from "../model/evidence.ts";
import type { EventBody } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import { readOffsetsRecord } from "./codec/offsets.ts";
import { offsetsTopic } from "./topology.ts";

/** New generations of these groups, as they come by in the offsets log: a pure fold. Groups of the newer protocol have none. */
export function beginGenerations(groups: ReadonlySet<string>): {
  step(batch: LogBatch): readonly EventBody<"gauge-generation">[];
} {
  const latest = new Map<string, number>();
  return {
    step(batch) {
      if (batch.topic !== offsetsTopic || batch.control) return [];
      const found: EventBody<"gauge-generation">[] = [];
      for (let i = 0; i < batch.count; i += 1) {
        const key = slice(batch.bytes, batch.keyAt, i);
        const read = readOffsetsRecord(key, slice(batch.bytes, batch.valueAt, i), groups);
        if (read.kind !== "group" || read.generation === null || latest.get(read.group) === read.generation) continue;
        latest.set(read.group, read.generation);
        found.push({ kind: "gauge-generation", group: read.group, generation: read.generation });
      }
      return found;
    },
  };
}
