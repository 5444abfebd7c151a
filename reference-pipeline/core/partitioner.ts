const utf8 = new TextEncoder();

/** 32-bit FNV-1a of the bytes, unsigned. */
export function fnv1a32(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The partition of a sink record, of `partitions`. */
export function partitionOf(key: string, partitions: number): number {
  return fnv1a32(utf8.encode(key)) % partitions;
}
