import { eventTable, type EventKind, type FieldType, type HistoryEvent } from "../model/event.ts";

/** The event of one line, or what the line is instead, as the object of a sentence. Never throws. */
export function parseEvent(line: string): HistoryEvent | string {
  const value = parseJson(line);
  if (!isObject(value)) return "an event that is not a JSON object";
  return eventFault(value) ?? (isEvent(value) ? value : "a value that is not an event");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
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
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0)
    return "an event without a sequence number";
  if (typeof at !== "number" || at < 0) return "an event without a time";
  if (!isKind(kind)) return `an event of a kind that this tool does not know: ${String(kind).slice(0, 80)}`;
  const fields: Readonly<Record<string, FieldType>> = eventTable[kind].fields;
  for (const [name, type] of Object.entries(fields))
    if (!Object.hasOwn(value, name) || !has[type](value[name]))
      return `a ${kind} event without the field ${name}: ${type}`;
  const odd = Object.keys(value).find((name) => !Object.hasOwn(fields, name) && !["seq", "at", "kind"].includes(name));
  return odd === undefined ? null : `a ${kind} event with an unknown field ${odd.slice(0, 80)}`;
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
