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

/** The blocks of one file from its beginning to its end, and the damage between them. */
export interface BlockWalk {
  /** Null at the end of the file. */
  next(): Found | null;
  /** All items of this file below this seq are in the blocks found so far, or were in a damaged one whose header says so. */
  knownBelow(): number;
  /** The same for offsets. */
  knownOffsets(): number;
}

/** What the blocks of a file must say of themselves; a history of null takes any. */
export interface FileIdentity {
  readonly history: number | null;
  readonly file: number;
}

/** Beyond this a file is given up, so that the time to read it stays linear and its problems can be told. */
const damagesMax = 256;

export function startBlockWalk(cursor: FileCursor, identity: FileIdentity): BlockWalk {
  let after = 0;
  let nextOffset = 0;
  /** Where the bytes began that belong to no block. */
  let unread: { readonly byte: number; readonly what: string } | null = null;
  let damages = 0;
  let over = false;

  const rest = (): Pick<Damage, "seqs" | "offsets"> => ({
    seqs: { from: after, to: null },
    offsets: { from: nextOffset, to: null },
  });

  function damage(found: Damage): Found {
    damages += 1;
    if (damages < damagesMax) return { kind: "damage", damage: found };
    over = true;
    const what = `The file has ${damagesMax} damaged places and was not read on.`;
    return { kind: "damage", damage: { byte: found.byte, what, ...rest() } };
  }
  /** Passes a byte that begins no block, up to the next magic number. */
  function pass(what: string): void {
    unread ??= { byte: cursor.at(), what };
    cursor.skip(1);
    cursor.find(magic);
  }
  function lastDamage(): Found | null {
    over = true;
    return unread === null ? null : damage({ ...unread, ...rest() });
  }
  /** What is missing between the last block and this one. */
  function before(header: BlockHeader): Found {
    const place = unread ?? { byte: cursor.at(), what: "A block that stood before this one is missing." };
    const found = { ...place, seqs: range(after, header.after), offsets: range(nextOffset, header.from) };
    unread = null;
    after = header.after;
    nextOffset = Math.max(nextOffset, header.from);
    return damage(found);
  }
  function take(block: FoundBlock): Found {
    const { header, byte } = block;
    const length = headerBytes + header.bodyBytes;
    const lost = { seqs: range(header.firstSeq, header.lastSeq + 1), offsets: range(header.from, header.next) };
    if (header.after < after) {
      cursor.skip(length);
      return damage({ byte, what: "A block goes back in sequence numbers.", ...lost });
    }
    if (unread !== null || header.after > after) return before(header);
    after = header.lastSeq + 1;
    nextOffset = header.next;
    if (crc32(block.body) !== header.bodyCrc) {
      skipDamaged(cursor, length);
      return damage({ byte, what: `A block of ${header.items} items does not agree with its CRC-32.`, ...lost });
    }
    cursor.skip(length);
    return block;
  }
  return {
    next() {
      while (!over) {
        const read = readBlock(cursor, identity);
        if (read === null) return lastDamage();
        if (typeof read !== "string") return take(read);
        pass(read);
      }
      return null;
    },
    knownBelow: () => after,
    knownOffsets: () => nextOffset,
  };
}

/** The block that begins here, or a sentence that says why there is none; null at the end of the file. */
function readBlock(cursor: FileCursor, { history, file }: FileIdentity): FoundBlock | string | null {
  const byte = cursor.at();
  const head = cursor.peek(headerBytes);
  if (head.length === 0) return null;
  if (head.length < headerBytes) return "The last block was cut off.";
  const header = readHeader(head);
  if (header === null) return "These bytes are no block's header.";
  if (history !== null && header.history !== history) return "A block belongs to another history.";
  if (header.file !== file) return "A block belongs to another file.";
  const length = headerBytes + header.bodyBytes;
  if (byte + length > cursor.size) return "The last block was cut off.";
  const whole = cursor.peek(length);
  const [headerPart, body] = [whole.subarray(0, headerBytes), whole.subarray(headerBytes)];
  return body.length < header.bodyBytes
    ? "The last block was cut off."
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
