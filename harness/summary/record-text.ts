import type { LogBatch } from "../model/log.ts";
import { rawHeaders } from "../model/record-headers.ts";

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

/** Headers of record i for people; a name that occurs again hides the one before. */
export function headersOf(batch: LogBatch, i: number): Readonly<Record<string, string>> {
  const shown = rawHeaders(batch, i).slice(0, headersMax);
  return Object.fromEntries(shown.map(([name, value]) => [bytesText(name), bytesText(value)]));
}
