import type { ChangelogRecord, ReadingEnd } from "../core/effects.ts";
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

/** What is read of one partition: the offsets in [from, to). */
export interface Reading {
  readonly from: number;
  readonly to: number;
  readonly endsOn: ReadingEnd;
}

/**
 * The records of one partition in [from, to) with the fate of each: read uncommitted and judged by the control records
 * themselves. A sound reading ends on position: markers, aborted records and compaction leave offsets without a record.
 */
class ChangelogReading {
  readonly #from: number;
  readonly #to: number;
  readonly #endsOn: ReadingEnd;
  readonly #found: Found[] = [];
  /** Records of the transaction that each producer has open at the position. */
  readonly #open = new Map<bigint, Found[]>();
  #position: number;

  constructor({ from, to, endsOn }: Reading) {
    this.#from = from;
    this.#to = to;
    this.#endsOn = endsOn;
    this.#position = from;
  }

  /** Next offset to read. */
  get position(): number {
    return this.#position;
  }

  /** The position has reached `to` and the fate of every record below it is known. */
  get isComplete(): boolean {
    const isAtEnd =
      this.#endsOn === "position" || this.#from >= this.#to || this.#found.at(-1)?.offset === this.#to - 1;
    return this.#position >= this.#to && this.#open.size === 0 && isAtEnd;
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
  of: Reading,
  fetch: (position: number) => Promise<FetchedLog>,
): Promise<readonly ChangelogRecord[]> {
  const reading = new ChangelogReading(of);
  while (!reading.isComplete) reading.add((await fetch(reading.position)).batches);
  return reading.records;
}
