import { concatenated, integer, string } from "./bytes.ts";

export interface Header {
  readonly name: string;
  readonly value: Uint8Array | null;
}

const text = new TextDecoder();

/** A header block of LogBatch, cut into its headers. */
export function readHeaders(block: Uint8Array | null): readonly Header[] {
  if (block === null || block.length < 2) return [];
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const headers: Header[] = [];
  let at = 2;
  for (let left = view.getUint16(0); left > 0; left -= 1) {
    const name = block.subarray(at + 2, at + 2 + view.getUint16(at));
    at += 2 + name.length;
    const length = view.getInt32(at);
    at += 4;
    headers.push({ name: text.decode(name), value: length < 0 ? null : block.subarray(at, at + length) });
    at += Math.max(length, 0);
  }
  return headers;
}

export function writeHeaders(headers: readonly Header[]): Uint8Array {
  return concatenated(
    integer(16, headers.length),
    ...headers.flatMap(({ name, value }) => [
      string(name),
      integer(32, value?.length ?? -1),
      value ?? new Uint8Array(),
    ]),
  );
}

/** The block with another value under a name that it has. */
export function withHeader(block: Uint8Array | null, name: string, value: Uint8Array): Uint8Array {
  return writeHeaders(readHeaders(block).map((header) => (header.name === name ? { name, value } : header)));
}
