/** A key as a specification gives it: its bytes, or text that stands for its UTF-8 bytes. Without a key: null, which is not the empty key. */
export type RecordKey = Uint8Array | string;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const shownBytesMax = 256;

/** Equal for equal keys only: keys are compared as bytes, null apart from the empty key. */
export function keyIdentity(key: RecordKey | null): string {
  if (key === null) return "null";
  const bytes = typeof key === "string" ? Buffer.from(key) : Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return `=${bytes.toString("latin1")}`;
}

/** Why a text cannot stand for one sequence of bytes; null: it can, as bytes always do. */
export function keyFault(key: RecordKey | null): string | null {
  if (typeof key !== "string" || (key.isWellFormed() && !key.includes("\ufffd"))) return null;
  return `the key ${JSON.stringify(key.slice(0, 64))} may stand for bytes that are not UTF-8; give the key's bytes instead`;
}

/** A key for people: plain text as it is, other text in quotes, bytes that are no text in hex. */
export function keyShown(key: Uint8Array | null): string {
  if (key === null) return "(no key)";
  const shown = key.subarray(0, shownBytesMax);
  const cut = key.length > shown.length ? `… (${key.length} bytes)` : "";
  try {
    const text = utf8.decode(shown);
    return `${/^(?!0x|null$)[\p{L}\p{N}._:@#/+-]+$/u.test(text) ? text : JSON.stringify(text)}${cut}`;
  } catch {
    return `0x${Buffer.from(shown).toString("hex")}${cut}`;
  }
}

/** The key of an identity, for people. */
export function identityShown(identity: string): string {
  return keyShown(identity === "null" ? null : Buffer.from(identity.slice(1), "latin1"));
}
