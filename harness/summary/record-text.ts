import type { LogBatch } from "../model/log.ts";

/** Bytes of a record that a report shows; the rest is counted, not shown. */
const shownBytesMax = 2_048;
const headersMax = 16;

/** Bytes as people read them: text when they are UTF-8 without NUL, else hex. Long ones are cut off and say so. */
export function bytesText(bytes: Uint8Array | null): string {
  if (bytes === null) return "(null)";
  const shown = bytes.subarray(0, shownBytesMax);
  const cut = bytes.length > shown.length ? `… (${bytes.length} bytes)` : "";
  return `${utf8(shown, cut !== "") ?? hex(shown)}${cut}`;
}

/** Text of any length, cut off in the same way. */
export function cutText(text: string): string {
  return text.length <= shownBytesMax ? text : `${text.slice(0, shownBytesMax)}… (${text.length} characters)`;
}

function utf8(bytes: Uint8Array, isCut: boolean): string | null {
  try {
    // `stream` lets the last character be incomplete, as a cut may leave it.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Headers of record i, decoded from its block (layout: model/log.ts). A block that breaks its own layout ends there. */
export function headersOf(batch: LogBatch, i: number): Readonly<Record<string, string>> {
  const from = batch.headersAt[2 * i] ?? 0;
  const to = batch.headersAt[2 * i + 1] ?? -1;
  if (to - from < 2) return {};
  const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset + from, to - from);
  const take = (at: number, length: number): Uint8Array | null =>
    length < 0 || at + length > view.byteLength ? null : batch.bytes.subarray(from + at, from + at + length);
  const found: [string, string][] = [];
  let at = 2;
  for (let n = 0; n < Math.min(view.getUint16(0), headersMax) && at + 2 <= view.byteLength; n += 1) {
    const name = take(at + 2, view.getUint16(at));
    if (name === null) break;
    at += 2 + name.length;
    if (at + 4 > view.byteLength) break;
    const length = view.getInt32(at);
    const value = length < 0 ? null : take(at + 4, length);
    found.push([bytesText(name), bytesText(value)]);
    at += 4 + Math.max(0, length);
  }
  return Object.fromEntries(found);
}
