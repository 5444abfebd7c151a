import { eventTable, type EventKind, type FieldType, type HistoryEvent } from "../model/event.ts";
import { crcHex } from "./files.ts";

/** Events are small; a line beyond this is damage. */
export const lineBytesMax = 16 * 1024 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });

export interface EventLine {
  readonly event: HistoryEvent;
  readonly crc: string;
}

/** The event of one line (without its newline), or a sentence that says why it is none. Never throws. */
export function parseEventLine(line: Uint8Array): EventLine | string {
  if (line.length < 10 || line[8] !== 0x20) return "is not `<crc32> <JSON>`";
  const crc = crcHex(line.subarray(9));
  if (String.fromCharCode(...line.subarray(0, 8)) !== crc) return "does not agree with its CRC-32";
  const value = parseJson(line.subarray(9));
  if (!isObject(value)) return "is not a JSON object";
  const fault = eventFault(value);
  return fault ?? (isEvent(value) ? { event: value, crc } : "is not an event");
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKind(kind: unknown): kind is EventKind {
  return typeof kind === "string" && Object.hasOwn(eventTable, kind);
}

function eventFault(value: Readonly<Record<string, unknown>>): string | null {
  const { seq: number, at, kind } = value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) return "has no sequence number";
  if (typeof at !== "number" || at < 0) return "has no time";
  if (!isKind(kind)) return `has a kind this tool does not know: ${String(kind).slice(0, 80)}`;
  const fields: Readonly<Record<string, FieldType>> = eventTable[kind].fields;
  for (const [name, type] of Object.entries(fields))
    if (!Object.hasOwn(value, name) || !has[type](value[name])) return `(${kind}) needs a field ${name}: ${type}`;
  const odd = Object.keys(value).find((name) => !Object.hasOwn(fields, name) && !["seq", "at", "kind"].includes(name));
  return odd === undefined ? null : `(${kind}) has an unknown field ${odd.slice(0, 80)}`;
}

/** Only called on what `eventFault` has passed: the table was checked field by field there. */
function isEvent(value: object): value is HistoryEvent {
  return "kind" in value;
}

const has: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  strings: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  json: (value) => value !== undefined,
  "string?": (value) => value === null || typeof value === "string",
  "number?": (value) => value === null || typeof value === "number",
};
