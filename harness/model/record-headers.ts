import { identityShown, keyIdentity } from "./record-key.ts";
import type { ExpectedOutput } from "./pipeline.ts";

/** Where the header blocks of records lie; the layout is that of LogBatch. */
interface HeaderBlocks {
  readonly headersAt: Int32Array;
  readonly bytes: Uint8Array;
}

/** Record i's headers in their order, names as bytes. A block that breaks its own layout ends there. */
export function rawHeaders(
  { headersAt, bytes }: HeaderBlocks,
  i: number,
): readonly (readonly [name: Uint8Array, value: Uint8Array | null])[] {
  const from = headersAt[2 * i] ?? 0;
  const length = (headersAt[2 * i + 1] ?? -1) - from;
  if (length < 2) return [];
  const block = bytes.subarray(from, from + length);
  const view = new DataView(block.buffer, block.byteOffset, length);
  const found: [Uint8Array, Uint8Array | null][] = [];
  let at = 2;
  for (let left = view.getUint16(0); left > 0 && at + 2 <= length; left -= 1) {
    const nameEnd = at + 2 + view.getUint16(at);
    if (nameEnd + 4 > length) break;
    const valueLength = view.getInt32(nameEnd);
    const end = nameEnd + 4 + Math.max(0, valueLength);
    if (end > length) break;
    found.push([block.subarray(at + 2, nameEnd), valueLength < 0 ? null : block.subarray(nameEnd + 4, end)]);
    at = end;
  }
  return found;
}

const text = new TextDecoder();

/** What an output says besides topic, key and value, as far as the specification expects something of it. */
export interface Beside {
  /** What is not as expected, in words; empty where all of it is. */
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

const asExpected: Beside = { expected: [], actual: [] };

/** Headers by name (each exactly once, others are not looked at) and the timestamp of record i, against what is expected. */
export function besideValue(
  { headers, timestamp }: Pick<ExpectedOutput, "headers" | "timestamp">,
  records: HeaderBlocks & { readonly timestamps: Float64Array },
  i: number,
): Beside {
  if (headers === undefined && timestamp === undefined) return asExpected;
  const [expected, actual]: [string[], string[]] = [[], []];
  const wanted = Object.entries(headers ?? {});
  const found = wanted.length === 0 ? [] : rawHeaders(records, i);
  for (const [name, value] of wanted) {
    const values = found.filter(([bytes]) => text.decode(bytes) === name).map(([, bytes]) => keyIdentity(bytes));
    if (values.length === 1 && values[0] === keyIdentity(value)) continue;
    expected.push(`header ${name} ${valueShown(keyIdentity(value))}`);
    actual.push(
      values.length === 0 ? `no header ${name}` : values.map((one) => `header ${name} ${valueShown(one)}`).join(", "),
    );
  }
  if (timestamp !== undefined && timestamp !== records.timestamps[i]) {
    expected.push(`timestamp ${timestamp}`);
    actual.push(`timestamp ${records.timestamps[i]}`);
  }
  return { expected, actual };
}

function valueShown(identity: string): string {
  return identity === keyIdentity(null) ? "(null)" : identityShown(identity);
}
