import type { ChangelogRecord } from "../core/effects.ts";
import type { FetchedLog, RecordsBatch } from "./raw-log.ts";

/** Attribute bits of a record batch (Kafka's message format, version 2). */
const transactionalBit = 16;
const controlBit = 32;
const abortType = 0;

interface Found {
  readonly offset: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  aborted: boolean;
}

/**
 * The records of one partition in [from, to) with the fate of each: read uncommitted and judged by the control records
 * themselves. It ends on position, never on a record: markers, aborted records and compaction leave offsets without one.
 */
class ChangelogReading {
  readonly #from: number;
  readonly #to: number;
  readonly #found: Found[] = [];
  /** Records of the transaction that each producer has open at the position. */
  readonly #open = new Map<bigint, Found[]>();
  #position: number;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#position = from;
  }

  /** Next offset to read. */
  get position(): number {
    return this.#position;
  }

  /** The position has reached `to` and the fate of every record below it is known. */
  get isComplete(): boolean {
    return this.#position >= this.#to && this.#open.size === 0;
  }

  get records(): readonly ChangelogRecord[] {
    return this.#found;
  }

  add(batches: readonly RecordsBatch[]): void {
    for (const batch of batches) {
      const next = Number(batch.firstOffset) + batch.lastOffsetDelta + 1;
      if (next <= this.#position) continue;
      if ((batch.attributes & controlBit) === 0) this.#addRecords(batch);
      else this.#addMarker(batch);
      this.#position = next;
    }
  }

  #addRecords(batch: RecordsBatch): void {
    for (const record of batch.records) {
      const offset = Number(batch.firstOffset) + record.offsetDelta;
      if (offset < this.#from || offset >= this.#to) continue;
      // The fetch's buffer is large and shared: what is kept is copied.
      const found: Found = {
        offset,
        key: Uint8Array.from(record.key ?? []),
        value: record.value === null ? null : Uint8Array.from(record.value),
        aborted: false,
      };
      this.#found.push(found);
      if ((batch.attributes & transactionalBit) === 0) continue;
      const open = this.#open.get(batch.producerId);
      if (open === undefined) this.#open.set(batch.producerId, [found]);
      else open.push(found);
    }
  }

  #addMarker(batch: RecordsBatch): void {
    const key = batch.records[0]?.key;
    if (key === undefined || key === null || key.length < 4) return;
    if (key.readInt16BE(2) === abortType)
      for (const found of this.#open.get(batch.producerId) ?? []) found.aborted = true;
    this.#open.delete(batch.producerId);
  }
}

/** Fetches from `position` until the reading is complete. `fetch` waits for data and carries the caller's patience. */
export async function readChangelog(
  from: number,
  to: number,
  fetch: (position: number) => Promise<FetchedLog>,
): Promise<readonly ChangelogRecord[]> {
  const reading = new ChangelogReading(from, to);
  while (!reading.isComplete) reading.add((await fetch(reading.position)).batches);
  return reading.records;
}
