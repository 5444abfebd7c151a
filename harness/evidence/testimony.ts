import { beginBucket, type Bucket } from "../base/bucket.ts";
import type { EventBody, Json, RecordEvent } from "../model/event.ts";

/** A line longer than this is a log line, whatever it begins with. */
const lineCharactersMax = 16_384;
const depthMax = 8;
const nameCharactersMax = 64;

/** Recorded of one incarnation over a long time, and at most at once. The reference pipeline says some ten a second. */
const perSecond = 200;
const atOnce = 2_000;

export interface Witness {
  readonly member: string;
  readonly incarnation: number;
}

/**
 * A member's line on stdout as a `testimony` event, or null when it is an ordinary log line. Testimony is
 * `{"rollproof":1,"seq":…,"kind":…,"task":…,"body":{…}}`. Hostile input.
 */
export function testimonyOf(line: string, { member, incarnation }: Witness): EventBody<"testimony"> | null {
  if (line.length > lineCharactersMax || !line.startsWith("{")) return null;
  const value = parse(line);
  if (value === undefined || !isObject(value) || value["rollproof"] !== 1) return null;
  const { kind, task = null, body = {} } = value;
  if (typeof kind !== "string" || kind.length > nameCharactersMax || typeof value["seq"] !== "number") return null;
  if (!isObject(body)) return null;
  if (task !== null && (typeof task !== "string" || task.length > nameCharactersMax)) return null;
  return { kind: "testimony", member, incarnation, said: kind, task, body };
}

/** Records the testimony among members' lines, no faster than the history is to grow; `dropped` is told of each that is not. */
export function beginTestimony(options: {
  readonly record: RecordEvent;
  readonly dropped: (witness: Witness) => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}): (witness: Witness, line: string) => void {
  const allowances = new Map<string, Bucket>();
  return (witness, line) => {
    const testimony = testimonyOf(line, witness);
    if (testimony === null) return;
    const key = `${witness.member}/${witness.incarnation}`;
    const allowance = allowances.get(key) ?? beginBucket({ perSecond, most: atOnce });
    allowances.set(key, allowance);
    if (allowance.level(options.now()) < 1) return options.dropped(witness);
    allowance.spend(1);
    options.record(testimony);
  };
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(line: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJson(value, depthMax) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What JSON.parse gives is JSON; the depth is what is bounded here. */
function isJson(value: unknown, depth: number): value is Json {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isJson(inner, depth - 1));
}
