import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegular } from "../base/own-files.ts";

const chunkBytes = 256 * 1024;

/** Reads a file forward, holding no more than what is asked for plus one chunk. */
export interface FileCursor {
  /** Byte offset of the next unread byte. */
  readonly at: () => number;
  /** Of the file, as it was opened. */
  readonly size: number;
  /** The next `length` bytes without taking them; fewer at the end of the file. */
  peek(length: number): Uint8Array;
  skip(length: number): void;
  /** Moves to the next place where these bytes stand, or to the end of the file. */
  find(bytes: Uint8Array): void;
  /** Back to the first byte. */
  rewind(): void;
  close(): void;
}

/** Throws for what is no regular file, a link to one included: nothing else is opened, and no pipe is waited for. */
export function openCursor(path: string): FileCursor {
  const opened = openRegular(path);
  if (typeof opened !== "number") throw new Error(`it ${opened.refused}`);
  const file = opened;
  const stat = fstatSync(file);
  let held = new Uint8Array(0);
  let from = 0;
  let position = 0;
  let open = true;

  function fill(length: number): void {
    if (!open) return;
    const rest = held.subarray(from);
    const wanted = Math.min(Math.max(length, chunkBytes), Math.max(rest.length, stat.size - position));
    const grown = new Uint8Array(wanted);
    grown.set(rest);
    let filled = rest.length;
    while (filled < wanted) {
      const got = readSync(file, grown, filled, grown.length - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    held = grown.subarray(0, filled);
    from = 0;
  }
  function peek(length: number): Uint8Array {
    if (held.length - from < length) fill(length);
    return held.subarray(from, Math.min(from + length, held.length));
  }
  function skip(length: number): void {
    from += length;
    position += length;
  }
  return {
    at: () => position,
    size: stat.size,
    peek,
    skip,
    find(bytes) {
      for (;;) {
        const chunk = held.length - from < bytes.length ? peek(chunkBytes) : held.subarray(from);
        if (chunk.length < bytes.length) return skip(chunk.length);
        const found = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).indexOf(bytes);
        if (found >= 0) return skip(found);
        skip(chunk.length - bytes.length + 1);
      }
    },
    rewind() {
      held = new Uint8Array(0);
      from = 0;
      position = 0;
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
