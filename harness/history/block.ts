import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/**
 * A history's file is a sequence of blocks, each a header of 72 bytes and a body. A block stands alone: its header says
 * what is lost when its body is damaged, and a reader that lost its place finds the next one by its magic number.
 *
 * Header, little-endian: uint32 magic; CRC-32 of the header from here on; the history's id; the file's id (CRC-32 of its
 * name); length and CRC-32 of the body; length of the content; number of items. float64 `after`, first and last seq
 * (all of this file's items below `after` lie in earlier blocks); for a log the base offset of the first batch and the
 * offset after the last one; for the events 0 and `written`: all items of all files below it are on disk.
 *
 * The body is the content compressed with zstd. The content of an events block is in events.ts, of a log's in frames.ts.
 */
export interface BlockHeader {
  readonly history: number;
  readonly file: number;
  readonly bodyBytes: number;
  readonly bodyCrc: number;
  readonly contentBytes: number;
  readonly items: number;
  readonly after: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly from: number;
  readonly next: number;
}

export const headerBytes = 72;
export const magic = Uint8Array.of(0xd5, 0x72, 0x70, 0x31);

/** A block is written once it holds this much. */
export const blockBytes = 256 * 1024;
/** No item is larger; so no block's content is larger than this and `blockBytes`. More is damage, not a block. */
export const itemBytesMax = 16 * 1024 * 1024;
const contentBytesMax = itemBytesMax + blockBytes;
/** Zstd adds a few bytes to what it cannot compress. */
const bodyBytesMax = contentBytesMax + 64 * 1024;
const windowLogMax = 25;

export type BlockMeaning = Omit<BlockHeader, "bodyBytes" | "bodyCrc" | "contentBytes">;

/** Header and body, as they go into the file. */
export function sealBlock(
  meaning: BlockMeaning,
  content: Uint8Array,
): { readonly header: Uint8Array; readonly body: Uint8Array } {
  const body = zstdCompressSync(content);
  const header = new Uint8Array(headerBytes);
  header.set(magic);
  const view = new DataView(header.buffer);
  const { history, file, items, after, firstSeq, lastSeq, from, next } = meaning;
  for (const [i, value] of [history, file, body.length, crc32(body), content.length, items].entries())
    view.setUint32(8 + 4 * i, value, true);
  for (const [i, value] of [after, firstSeq, lastSeq, from, next].entries()) view.setFloat64(32 + 8 * i, value, true);
  view.setUint32(4, crc32(header.subarray(8)), true);
  return { header, body };
}

/** Null for bytes that are no sound header. */
export function readHeader(bytes: Uint8Array): BlockHeader | null {
  if (bytes.length < headerBytes || magic.some((byte, i) => bytes[i] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8, headerBytes))) return null;
  const narrow = (i: number): number => view.getUint32(8 + 4 * i, true);
  const wide = (i: number): number => view.getFloat64(32 + 8 * i, true);
  const header: BlockHeader = {
    history: narrow(0),
    file: narrow(1),
    bodyBytes: narrow(2),
    bodyCrc: narrow(3),
    contentBytes: narrow(4),
    items: narrow(5),
    after: wide(0),
    firstSeq: wide(1),
    lastSeq: wide(2),
    from: wide(3),
    next: wide(4),
  };
  return isPossible(header) ? header : null;
}

function isPossible(header: BlockHeader): boolean {
  const { bodyBytes, contentBytes, items, after, firstSeq, lastSeq, from, next } = header;
  return (
    bodyBytes <= bodyBytesMax &&
    contentBytes <= contentBytesMax &&
    [after, firstSeq, lastSeq + 1, from, next].every((number) => Number.isSafeInteger(number) && number >= 0) &&
    after <= firstSeq &&
    lastSeq - firstSeq + 1 >= items &&
    from <= next
  );
}

/** The content of a body whose CRC-32 was checked, or a sentence that says why there is none. Never throws. */
export function contentOf({ contentBytes }: BlockHeader, body: Uint8Array): Uint8Array | string {
  try {
    const params = { [constants.ZSTD_d_windowLogMax]: windowLogMax };
    const maxOutputLength = Math.max(64, contentBytes);
    const content = zstdDecompressSync(body, { maxOutputLength, chunkSize: maxOutputLength, params });
    return content.length === contentBytes ? content : `has ${content.length} bytes of content, not ${contentBytes}`;
  } catch (error) {
    return `cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
