/**
 * Where the first record of each key of one topic lies, in typed columns: 24 bytes a key, keys told apart by 64 bits of a
 * digest (two of a million keys agree with a chance of 1 in 37 million).
 */
export interface KeyPlaces {
  keys: number;
  /** Keys that came when the table was full, counted once per record: they are not followed. */
  unfollowed: number;
  /** Two halves of the digest. */
  high: Uint32Array;
  low: Uint32Array;
  /** Partition and offset of the first record, packed; 0: no key is here. */
  place: Float64Array;
  /** What the caller notes about the key. */
  note: Int32Array;
}

export interface KeyPlace {
  readonly partition: number;
  readonly offset: number;
}

/** What `slotOfKey` gives where the table is full, or the place does not fit into it. */
export const unfollowed = -1;

export const keysMax = 2 ** 20;

/** Offsets are packed below the partition: exact while offset < 2^40 and partition < 2^12. */
const offsetsMax = 2 ** 40;
const partitionsMax = 2 ** 12;
const digest = { high: 0, low: 0 };

export function beginKeyPlaces(): KeyPlaces {
  return { keys: 0, unfollowed: 0, ...columns(256) };
}

/** Where the key is noted, with this place where it is new; until the next call. */
export function slotOfKey(places: KeyPlaces, key: Uint8Array, at: KeyPlace): number {
  digestOf(key);
  const { high, low } = digest;
  const slot = slotOf(places, high, low);
  if ((places.place[slot] ?? 0) > 0) return slot;
  if (places.keys >= keysMax || at.offset >= offsetsMax - 1 || at.partition >= partitionsMax) {
    places.unfollowed += 1;
    return unfollowed;
  }
  put(places, slot, { high, low, place: packed(at), note: 0 });
  places.keys += 1;
  if (places.keys * 2 <= places.place.length) return slot;
  grow(places);
  return slotOf(places, high, low);
}

/** Whether the key in the slot was first seen here. */
export function isFirst({ place }: KeyPlaces, slot: number, at: KeyPlace): boolean {
  return place[slot] === packed(at);
}

/** The first place of the key in the slot. */
export function firstPlace({ place }: KeyPlaces, slot: number): KeyPlace {
  const number = (place[slot] ?? 1) - 1;
  const partition = Math.floor(number / offsetsMax);
  return { partition, offset: number - partition * offsetsMax };
}

function packed({ partition, offset }: KeyPlace): number {
  return partition * offsetsMax + offset + 1;
}

interface Entry {
  readonly high: number;
  readonly low: number;
  readonly place: number;
  readonly note: number;
}

function columns(size: number): Pick<KeyPlaces, "high" | "low" | "place" | "note"> {
  return {
    high: new Uint32Array(size),
    low: new Uint32Array(size),
    place: new Float64Array(size),
    note: new Int32Array(size),
  };
}

function put(into: Pick<KeyPlaces, "high" | "low" | "place" | "note">, slot: number, entry: Entry): void {
  into.high[slot] = entry.high;
  into.low[slot] = entry.low;
  into.place[slot] = entry.place;
  into.note[slot] = entry.note;
}

/** The key's slot, or the free one where it would go. Half of the slots are free. */
function slotOf({ high, low, place }: KeyPlaces, wantedHigh: number, wantedLow: number): number {
  const mask = place.length - 1;
  let slot = wantedLow & mask;
  while ((place[slot] ?? 0) > 0 && (high[slot] !== wantedHigh || low[slot] !== wantedLow)) slot = (slot + 1) & mask;
  return slot;
}

function grow(places: KeyPlaces): void {
  const { high, low, place, note } = places;
  Object.assign(places, columns(2 * place.length));
  for (let i = 0; i < place.length; i++) {
    const entry = { high: high[i] ?? 0, low: low[i] ?? 0, place: place[i] ?? 0, note: note[i] ?? 0 };
    if (entry.place > 0) put(places, slotOf(places, entry.high, entry.low), entry);
  }
}

/** Two multiplicative hashes that are mixed into each other at the end (the manner of cyrb53, with all 64 bits kept). */
function digestOf(key: Uint8Array): void {
  let a = 0xdeadbeef ^ key.length;
  let b = 0x41c6ce57 ^ key.length;
  for (const byte of key) {
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(b ^ byte, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  digest.high = a >>> 0;
  digest.low = b >>> 0;
}
