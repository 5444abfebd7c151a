import { closeSync, openSync, readSync } from "node:fs";

const chunkBytes = 256 * 1024;

/** Reads a file forward, holding no more than what is asked for plus one chunk. */
export interface FileCursor {
  /** Byte offset of the next unread byte. */
  readonly at: () => number;
  /** The next `length` bytes without taking them; fewer at the end of the file. */
  peek(length: number): Uint8Array;
  skip(length: number): void;
  close(): void;
}

export function openCursor(path: string): FileCursor {
  const file = openSync(path, "r");
  let held = new Uint8Array(0);
  let from = 0;
  let position = 0;
  let open = true;

  function fill(length: number): void {
    if (!open) return;
    const rest = held.subarray(from);
    const grown = new Uint8Array(Math.max(length, chunkBytes) + rest.length);
    grown.set(rest);
    let filled = rest.length;
    while (filled < length) {
      const got = readSync(file, grown, filled, grown.length - filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    held = grown.subarray(0, filled);
    from = 0;
  }
  return {
    at: () => position,
    peek(length) {
      if (held.length - from < length) fill(length);
      return held.subarray(from, Math.min(from + length, held.length));
    },
    skip(length) {
      from += length;
      position += length;
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
