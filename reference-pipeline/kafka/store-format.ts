import { crc32 } from "node:zlib";

/*
 * The store file is a list of puts: uint32 CRC-32 of the rest, uint32 key length, key (UTF-8), int32 value length (-1: the
 * key is removed), value; big-endian. Later puts win.
 */

export function encodePut(key: string, value: Uint8Array | null): Buffer {
  const name = Buffer.from(key, "utf8");
  const bytes = Buffer.alloc(12 + name.length + (value?.length ?? 0));
  bytes.writeUInt32BE(name.length, 4);
  name.copy(bytes, 8);
  bytes.writeInt32BE(value === null ? -1 : value.length, 8 + name.length);
  if (value !== null) bytes.set(value, 12 + name.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

export interface StoreContent {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  /** Bytes behind the last whole put: a write was cut off there. */
  readonly tornBytes: number;
}

/** Reads puts up to the first that is not whole. */
export function decodeStore(bytes: Buffer): StoreContent {
  const entries = new Map<string, Uint8Array>();
  let at = 0;
  for (let end = endOfPut(bytes, at); end !== null; end = endOfPut(bytes, at)) {
    const keyEnd = at + 8 + bytes.readUInt32BE(at + 4);
    const key = bytes.toString("utf8", at + 8, keyEnd);
    if (bytes.readInt32BE(keyEnd) < 0) entries.delete(key);
    else entries.set(key, Uint8Array.from(bytes.subarray(keyEnd + 4, end)));
    at = end;
  }
  return { entries, tornBytes: bytes.length - at };
}

function endOfPut(bytes: Buffer, at: number): number | null {
  if (at + 12 > bytes.length) return null;
  const keyEnd = at + 8 + bytes.readUInt32BE(at + 4);
  if (keyEnd + 4 > bytes.length) return null;
  const end = keyEnd + 4 + Math.max(0, bytes.readInt32BE(keyEnd));
  if (end > bytes.length) return null;
  return crc32(bytes.subarray(at + 4, end)) === bytes.readUInt32BE(at) ? end : null;
}
