import type { Writer } from "../../model/evidence.ts";
import type { LogBatch } from "../../model/log.ts";

/** The columns of Records that come from the headers `rp-source` and `rp-writer`. */
export interface Provenance {
  readonly causeTopic: Int32Array;
  readonly causePartition: Int32Array;
  readonly causeOffset: Float64Array;
  readonly ordinal: Int32Array;
  readonly writer: Int32Array;
}

/** Names seen once are kept once; shared by all Records of one audit. */
export interface Names {
  readonly causeTopics: readonly string[];
  readonly writers: readonly Writer[];
  parse(batch: LogBatch): Provenance;
}

/** More different writers or topics than this are not a pipeline's: further ones count as not readable. */
const namesMax = 65_536;
const writerBytesMax = 512;
const topicBytesMax = 249;
const ascii = (word: string): Uint8Array => Uint8Array.from(word, (char) => char.charCodeAt(0));
const sourceName = ascii("rp-source");
const writerName = ascii("rp-writer");
const text = new TextDecoder();
const [at, hash, dash, zero, nine] = [0x40, 0x23, 0x2d, 0x30, 0x39];

export function beginNames(): Names {
  const causeTopics: string[] = [];
  const writers: Writer[] = [];
  const topicOf = interner(causeTopics, (words) => words);
  const writerOf = interner(writers, parseWriter);

  return {
    causeTopics,
    writers,
    parse(batch) {
      const { count } = batch;
      const found: Provenance = {
        causeTopic: new Int32Array(count).fill(-1),
        causePartition: new Int32Array(count).fill(-1),
        causeOffset: new Float64Array(count).fill(-1),
        ordinal: new Int32Array(count).fill(-1),
        writer: new Int32Array(count).fill(-1),
      };
      let i = 0;
      const take = (name: "source" | "writer", from: number, to: number): void => {
        if (name === "source") parseSource(batch.bytes, { from, to, i }, found, topicOf);
        else if (to - from <= writerBytesMax) found.writer[i] = writerOf(batch.bytes, from, to);
      };
      for (; i < count; i += 1) eachHeader(batch, i, take);
      return found;
    },
  };
}

/** Calls back for the two headers that matter; a block that does not add up is left where it stops adding up. */
function eachHeader(
  batch: LogBatch,
  i: number,
  found: (name: "source" | "writer", from: number, to: number) => void,
): void {
  const { bytes } = batch;
  let place = batch.headersAt[2 * i] ?? 0;
  const end = batch.headersAt[2 * i + 1] ?? -1;
  if (end - place < 2) return;
  let left = uint16(bytes, place);
  place += 2;
  for (; left > 0 && place + 2 <= end; left -= 1) {
    const nameFrom = place + 2;
    const nameTo = nameFrom + uint16(bytes, place);
    if (nameTo + 4 > end) return;
    const length = (uint16(bytes, nameTo) << 16) | uint16(bytes, nameTo + 2);
    const valueFrom = nameTo + 4;
    place = valueFrom + Math.max(length, 0);
    if (place > end) return;
    if (length < 0) continue;
    if (same(bytes, nameFrom, nameTo, sourceName)) found("source", valueFrom, place);
    else if (same(bytes, nameFrom, nameTo, writerName)) found("writer", valueFrom, place);
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function same(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i += 1) if (bytes[from + i] !== word[i]) return false;
  return true;
}

/** `<topic>-<partition>@<offset>#<ordinal>`, read from its end: a topic may hold `-` but neither `@` nor `#`. */
function parseSource(
  bytes: Uint8Array,
  place: { readonly from: number; readonly to: number; readonly i: number },
  found: Provenance,
  topicOf: (bytes: Uint8Array, from: number, to: number) => number,
): void {
  const { from, to, i } = place;
  const hashAt = digitsBack(bytes, from, to, 9);
  const atAt = digitsBack(bytes, from, hashAt, 15);
  const dashAt = digitsBack(bytes, from, atAt, 9);
  if (bytes[hashAt] !== hash || bytes[atAt] !== at || bytes[dashAt] !== dash) return;
  if (dashAt <= from || dashAt - from > topicBytesMax) return;
  found.causeTopic[i] = topicOf(bytes, from, dashAt);
  found.ordinal[i] = numberAt(bytes, hashAt + 1, to);
  found.causeOffset[i] = numberAt(bytes, atAt + 1, hashAt);
  found.causePartition[i] = numberAt(bytes, dashAt + 1, atAt);
}

/** Place of the byte before one to `most` digits that end at `to`; -1 when there are none. */
function digitsBack(bytes: Uint8Array, from: number, to: number, most: number): number {
  let place = to - 1;
  for (; place >= from && to - 1 - place < most; place -= 1) {
    const byte = bytes[place] ?? 0;
    if (byte < zero || byte > nine) break;
  }
  return place === to - 1 ? -1 : place;
}

function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) value = value * 10 + ((bytes[i] ?? zero) - zero);
  return value;
}

function parseWriter(words: string): Writer | null {
  const [member, incarnation, version, format, ...rest] = words.split("/");
  if (member === undefined || incarnation === undefined || version === undefined || format === undefined) return null;
  if (rest.length > 0 || !/^\d{1,9}$/.test(incarnation)) return null;
  return { member, incarnation: Number(incarnation), version, format };
}

/** Bytes → index into `kept`, -1 for what cannot be read. Runs of the same bytes cost a comparison only. */
function interner<T>(
  kept: T[],
  parse: (words: string) => T | null,
): (bytes: Uint8Array, from: number, to: number) => number {
  const known = new Map<string, number>();
  let last: { readonly bytes: Uint8Array; readonly index: number } | null = null;
  return (bytes, from, to) => {
    if (last !== null && same(bytes, from, to, last.bytes)) return last.index;
    const own = bytes.slice(from, to);
    const words = text.decode(own);
    let index = known.get(words);
    if (index === undefined) {
      const value = kept.length < namesMax ? parse(words) : null;
      index = value === null ? -1 : kept.push(value) - 1;
      if (known.size < 2 * namesMax) known.set(words, index);
    }
    last = { bytes: own, index };
    return index;
  };
}
