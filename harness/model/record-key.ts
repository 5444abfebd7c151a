/** A key as a specification gives it: its bytes, or text that stands for its UTF-8 bytes. Without a key: null, which is not the empty key. */
export type RecordKey = Uint8Array | string;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const shownBytesMax = 256;

/** Told from every key, whose identity holds no unit above 0xff. */
const noKey = "\u0100";

/** Equal for equal keys only: a key's bytes, one unit each, so that ASCII text is its own identity; null apart from the empty key. */
export function keyIdentity(key: RecordKey | null): string {
  if (key === null) return noKey;
  if (typeof key !== "string") return latin1Of(key, 0, key.length);
  return isAscii(key) ? key : Buffer.from(key).toString("latin1");
}

/** Keys where they were read: key i is bytes[keyAt[2i] .. keyAt[2i+1]), an end of -1 is null. */
interface KeysRead {
  readonly bytes: Uint8Array;
  readonly keyAt: Int32Array;
}

/** The identity of key i; no view of it is made. */
export function keyIdentityAt({ bytes, keyAt }: KeysRead, i: number): string {
  const to = keyAt[2 * i + 1] ?? -1;
  return to < 0 ? noKey : latin1Of(bytes, keyAt[2 * i] ?? 0, to);
}

/** Keys seen lately, by a hash of their bytes: most come again, and the same text again costs no text made and none hashed. */
const recent: string[] = Array.from({ length: 4096 }, () => "");
const recentBytesMax = 64;

function latin1Of(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length > recentBytesMax) return latin1Made(bytes, from, to);
  let hash = length;
  for (let i = from; i < to; i += 1) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 12)) & (recent.length - 1);
  const known = recent[slot] ?? "";
  if (known.length === length && isLatin1Of(known, bytes, from)) return known;
  return (recent[slot] = latin1Made(bytes, from, to));
}

function isLatin1Of(text: string, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

function latin1Made({ buffer, byteOffset }: Uint8Array, from: number, to: number): string {
  return Buffer.from(buffer, byteOffset + from, to - from).toString("latin1");
}

/** Such a text is its own bytes. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Whether a specification's key is key i as it was read: the bytes are equal, or there is none on either side. */
export function isSameKeyAt(key: RecordKey | null, { bytes, keyAt }: KeysRead, i: number): boolean {
  const [from, to] = [keyAt[2 * i] ?? 0, keyAt[2 * i + 1] ?? -1];
  if (key === null || to < 0) return key === null && to < 0;
  if (typeof key !== "string") return Buffer.compare(key, bytes.subarray(from, to)) === 0;
  const length = to - from;
  if (key.length > length) return false; // UTF-8 takes a byte or more for each unit
  for (let k = 0; k < key.length; k += 1) {
    const unit = key.charCodeAt(k);
    if (unit > 0x7f) return Buffer.from(key).equals(bytes.subarray(from, to));
    if (unit !== bytes[from + k]) return false;
  }
  return key.length === length;
}

/** Why a text cannot stand for one sequence of bytes; null: it can, as bytes always do. */
export function keyFault(key: RecordKey | null): string | null {
  if (typeof key !== "string" || isAscii(key) || (key.isWellFormed() && !key.includes("\ufffd"))) return null;
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
  return keyShown(identity === noKey ? null : Buffer.from(identity, "latin1"));
}
