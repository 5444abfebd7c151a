import type { WorkloadShape } from "../model/pipeline.ts";
import { streamRecords, type Streaming } from "./stream.ts";

/** A planned stream as a hash a record: 4 bytes each, so that records read back can be compared with those planned. */
export interface PlannedRecords {
  readonly stream: string;
  /** `contentHash` of record i. */
  readonly hashes: Uint32Array;
  /** The logs that it is sent to, as `topic-partition`. */
  readonly logs: ReadonlySet<string>;
}

/** Makes the stream again from the seed. Two different records have the same hash once in 2^32. */
export function plannedRecords(description: Streaming, seed: string, shape: WorkloadShape): PlannedRecords {
  const hashes = new Uint32Array(shape.inputs);
  const logs = new Set<string>();
  const encoder = new TextEncoder();
  let count = 0;
  for (const { topic, partition, key, value } of streamRecords(description, seed, shape)) {
    const log = `${topic}-${partition}`;
    logs.add(log);
    if (count < hashes.length) hashes[count] = contentHash(log, encoder.encode(key), encoder.encode(value));
    count += 1;
  }
  return { stream: description.workload.stream, hashes: hashes.subarray(0, count), logs };
}

/** FNV-1a over the log's name, key and value, each with its length; null and empty differ. */
export function contentHash(log: string, key: Uint8Array | null, value: Uint8Array | null): number {
  let hash = 0x811c9dc5;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (let i = 0; i < log.length; i += 1) add(log.charCodeAt(i));
  for (const part of [key, value]) {
    const length = part === null ? -1 : part.length;
    for (let shift = 0; shift < 32; shift += 8) add((length >> shift) & 0xff);
    if (part !== null) for (const byte of part) add(byte);
  }
  return hash >>> 0;
}
