import { createHash } from "node:crypto";
import type { StageName } from "./stage.ts";
import type { State } from "./state.ts";
import type { Entries } from "./strategy.ts";
import type { Version } from "./version.ts";

const utf8 = new TextDecoder();

/** All state in the bytes of a version. */
export function encodeState(version: Version, state: ReadonlyMap<string, State>): Entries {
  return new Map([...state].map(([key, one]) => [key, version.encode(key, one)]));
}

export function decodeState(version: Version, stage: StageName, entries: Entries): Map<string, State> {
  return new Map([...entries].map(([key, bytes]) => [key, version.decode(stage, key, bytes)]));
}

/** Each entry: uint32 key length, key, uint32 value length, value; big-endian, sorted by the key's bytes. */
export function packEntries(entries: Entries): Buffer {
  const sorted = [...entries].map(([key, value]) => ({ key: Buffer.from(key), value }));
  sorted.sort((a, b) => Buffer.compare(a.key, b.key));
  const packed = Buffer.alloc(sorted.reduce((size, { key, value }) => size + 8 + key.length + value.length, 0));
  let at = 0;
  for (const bytes of sorted.flatMap(({ key, value }) => [key, value])) {
    at = packed.writeUInt32BE(bytes.length, at);
    packed.set(bytes, at);
    at += bytes.length;
  }
  return packed;
}

/** The entries of packed bytes, or null where lengths run past the end. */
export function unpackEntries(packed: Uint8Array): Entries | null {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const entries = new Map<string, Uint8Array>();
  let at = 0;
  const take = (): Uint8Array | null => {
    if (at + 4 > packed.length) return null;
    const from = at + 4;
    at = from + view.getUint32(at);
    return at <= packed.length ? packed.subarray(from, at) : null;
  };
  while (at < packed.length) {
    const key = take();
    const value = key === null ? null : take();
    if (key === null || value === null) return null;
    entries.set(utf8.decode(key), value);
  }
  return entries;
}

/** SHA-256 as hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
