import { slice, type Records } from "../model/evidence.ts";
import type { ExpectedEffect, ExpectedOutput, StageSpecification } from "../model/pipeline.ts";
import { besideValue } from "../model/record-headers.ts";
import { identityShown, isSameKeyAt, keyIdentity, keyIdentityAt } from "../model/record-key.ts";

/** What f says and what was read, in the words of `shown`. */
export interface Difference {
  readonly expected: string;
  readonly actual: string;
}

interface Expected {
  readonly decoder: StageSpecification;
  /** For outputs without a header: what may have written them. */
  readonly formats: ReadonlySet<string>;
  /** f's answer to the output's cause; none: it expects no output. */
  readonly effect: ExpectedEffect | undefined;
}

/** Compares output `i` with f's: its topic, its key, its decoded value, and what f expects of headers and timestamp. */
export function compareOutput(
  { decoder, formats, effect }: Expected,
  records: Records,
  i: number,
): Difference | "equal" | "incomparable" {
  const output = effect && outputOf(effect, records.ordinal[i] ?? -1);
  const value = valueOf(decoder, records, i);
  if (output === undefined) return { expected: "no output", actual: actualShown(records, i, value) };
  const isPlaced = output.topic === records.topic && isSameKeyAt(output.key, records, i);
  const writer = records.writers[records.writer[i] ?? -1];
  const beside = besideValue(output, records, i);
  if (writer !== undefined && isPlaced && beside.expected.length === 0 && valueIn(output, writer.format) === value)
    return "equal";
  let first: string | null | undefined;
  let equal: string | null | undefined;
  for (const format of writer === undefined ? [...formats, "1"] : [writer.format]) {
    const expected = valueIn(output, format);
    if (expected === undefined) continue;
    if (isPlaced && expected === value && beside.expected.length === 0) return "equal";
    first = first === undefined ? expected : first;
    if (expected === value) equal = expected;
  }
  const due = equal === undefined ? first : equal;
  if (due === undefined) return "incomparable";
  return {
    expected: [shown(output.topic, keyIdentity(output.key), due), ...beside.expected].join(", "),
    actual: [actualShown(records, i, value), ...beside.actual].join(", "),
  };
}

function outputOf({ outputs }: ExpectedEffect, ordinal: number): ExpectedOutput | undefined {
  for (const one of outputs) if (one.ordinal === ordinal) return one;
  return undefined;
}

/** Canonical text; null: a tombstone. */
type Value = string | null | { readonly undecodable: string };

function valueOf(decoder: StageSpecification, records: Records, i: number): Value {
  const value = slice(records.bytes, records.valueAt, i);
  if (value === null) return null;
  try {
    return decoder.output(value);
  } catch (error) {
    return { undecodable: error instanceof Error ? error.message : String(error) };
  }
}

/** Undefined where f does not know the format. */
function valueIn(output: ExpectedOutput, format: string): string | null | undefined {
  try {
    return output.value(format);
  } catch {
    return undefined;
  }
}

function actualShown(records: Records, i: number, value: Value): string {
  return shown(records.topic, keyIdentityAt(records, i), value);
}

/** `topic key value`: what an output says, in one text. */
function shown(topic: string, key: string, value: Value): string {
  const told = value === null ? "(tombstone)" : typeof value === "string" ? value : `undecodable: ${value.undecodable}`;
  return `${topic} ${identityShown(key)} ${told}`;
}
