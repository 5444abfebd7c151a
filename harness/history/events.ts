import type { HistoryEvent } from "../model/event.ts";
import { readBytes, beginBytes } from "./bytes.ts";
import { parseEvent } from "./event-json.ts";
import { parseLogFile } from "./files.ts";

/** How far each log was written when a block of events was: file name → all of its items below this seq are on disk. */
export type Manifest = ReadonlyMap<string, number>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Content of an events block: a varint, the number of logs; per log a varint and as many bytes of its file's name, and a
 * varint, the seq below which it is written; then the events, a line of JSON each.
 */
export function encodeEvents(manifest: Manifest, lines: readonly string[]): Uint8Array {
  const to = beginBytes();
  to.varint(manifest.size);
  for (const [file, written] of manifest) {
    const name = encoder.encode(file);
    to.varint(name.length);
    to.bytes(name);
    to.varint(written);
  }
  to.bytes(encoder.encode(lines.join("\n")));
  return to.written();
}

/** The manifest and the lines, or a sentence that says why these bytes are none. Never throws. */
export function decodeManifest(
  content: Uint8Array,
): { readonly manifest: Manifest; readonly lines: Uint8Array } | string {
  const from = readBytes(content);
  const manifest = new Map<string, number>();
  for (let left = from.varint(); left > 0; left -= 1) {
    const name = textOf(from.bytes(from.varint()));
    const written = from.varint();
    if (from.broken() || name === null || parseLogFile(name) === null) return "has a manifest that cannot be read";
    manifest.set(name, written);
  }
  return from.broken() ? "has a manifest that ends too early" : { manifest, lines: from.rest() };
}

/** The events, or a sentence that says why these bytes are none. Never throws. */
export function decodeEvents(content: Uint8Array): readonly HistoryEvent[] | string {
  const parts = decodeManifest(content);
  if (typeof parts === "string") return parts;
  const text = textOf(parts.lines);
  if (text === null) return "has text that is not UTF-8";
  const events: HistoryEvent[] = [];
  for (const line of text === "" ? [] : text.split("\n")) {
    const event = parseEvent(line);
    if (typeof event === "string") return `holds ${event}`;
    events.push(event);
  }
  return events;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
