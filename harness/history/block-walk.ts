import { crc32 } from "node:zlib";
import { headerBytes, magic, readHeader, type BlockHeader } from "./block.ts";
import type { FileCursor } from "./file-cursor.ts";

/** A stretch of a file that cannot be believed, and what it held. An upper end of null is the end of the file. */
export interface Damage {
  readonly byte: number;
  readonly what: string;
  /** Sequence numbers, both ends included; null when nothing is lost by it. */
  readonly seqs: Range | null;
  /** Offsets, both ends included; of no meaning for the events. */
  readonly offsets: Range | null;
}

export interface Range {
  readonly from: number;
  readonly to: number | null;
}

export interface FoundBlock {
  readonly kind: "block";
  readonly byte: number;
  readonly header: BlockHeader;
  /** The header as it stands in the file. */
  readonly headerBytes: Uint8Array;
  readonly body: Uint8Array;
}

export type Found = FoundBlock | { readonly kind: "damage"; readonly damage: Damage };

/** What the blocks of a file must say of themselves; a history of null takes any. */
export interface FileIdentity {
  readonly history: number | null;
  readonly file: number;
}

/** Beyond this a file is given up, so that the time to read it stays linear and its problems can be told. */
const damagesMax = 256;

/**
 * The blocks of a file from its beginning to its end, and the damage between them. Returns the seq below which all items
 * of this file were found, or were in a damaged block whose header says so.
 */
export function* walkBlocks(cursor: FileCursor, identity: FileIdentity): Generator<Found, number> {
  let below = 0;
  let offset = 0;
  /** Where the bytes began that belong to no block. */
  let unread: { readonly byte: number; readonly what: string } | null = null;
  const rest = (): Pick<Damage, "seqs" | "offsets"> => ({
    seqs: { from: below, to: null },
    offsets: { from: offset, to: null },
  });
  for (let damages = 0; ;) {
    if (damages >= damagesMax) {
      const what = `The file has ${damages} damaged places and was not read on`;
      yield { kind: "damage", damage: { byte: cursor.at(), what, ...rest() } };
      return below;
    }
    const read = readBlock(cursor, identity);
    if (read === null) break;
    if (typeof read === "string") {
      unread ??= { byte: cursor.at(), what: read };
      cursor.skip(1);
      cursor.find(magic);
      continue;
    }
    const { header, byte } = read;
    const held = { seqs: range(header.firstSeq, header.lastSeq + 1), offsets: range(header.from, header.next) };
    if (header.after < below) {
      damages += 1;
      cursor.skip(headerBytes + header.bodyBytes);
      yield { kind: "damage", damage: { byte, what: "A block goes back in sequence numbers", ...held } };
      continue;
    }
    if (unread !== null || header.after > below) {
      damages += 1;
      const place = unread ?? { byte, what: "A block that stood before this one is missing" };
      const between = { seqs: range(below, header.after), offsets: range(offset, header.from) };
      yield { kind: "damage", damage: { ...place, ...between } };
    }
    unread = null;
    below = header.lastSeq + 1;
    offset = header.next;
    if (crc32(read.body) === header.bodyCrc) {
      cursor.skip(headerBytes + header.bodyBytes);
      yield read;
    } else {
      damages += 1;
      skipDamaged(cursor, headerBytes + header.bodyBytes);
      const what = `A block of ${header.items} items (${header.firstSeq} to ${header.lastSeq}) does not agree with its CRC-32`;
      yield { kind: "damage", damage: { byte, what, ...held } };
    }
  }
  if (unread !== null) yield { kind: "damage", damage: { ...unread, ...rest() } };
  return below;
}

/** The block that begins here, or a sentence that says why there is none; null at the end of the file. */
function readBlock(cursor: FileCursor, { history, file }: FileIdentity): FoundBlock | string | null {
  const byte = cursor.at();
  const head = cursor.peek(headerBytes);
  if (head.length === 0) return null;
  if (head.length < headerBytes) return "The last block was cut off";
  const header = readHeader(head);
  if (header === null) return "These bytes are no block's header";
  if (history !== null && header.history !== history) return "A block belongs to another history";
  if (header.file !== file) return "A block belongs to another file";
  const length = headerBytes + header.bodyBytes;
  if (byte + length > cursor.size) return "The last block was cut off";
  const whole = cursor.peek(length);
  const [headerPart, body] = [whole.subarray(0, headerBytes), whole.subarray(headerBytes)];
  return body.length < header.bodyBytes
    ? "The last block was cut off"
    : { kind: "block", byte, header, headerBytes: headerPart, body };
}

/** A damaged body may have lost or gained bytes: unless the next block stands where it should, it is looked for. */
function skipDamaged(cursor: FileCursor, length: number): void {
  const past = cursor.peek(length + magic.length).subarray(length);
  if (past.every((byte, i) => byte === magic[i])) return cursor.skip(length);
  cursor.skip(headerBytes);
  cursor.find(magic);
}

/** Null when it is empty. */
function range(from: number, below: number): Range | null {
  return from < below ? { from, to: below - 1 } : null;
}
