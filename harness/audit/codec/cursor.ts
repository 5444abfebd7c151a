/** Thrown by a cursor that runs off its bytes; caught by `reading`, never seen outside codec/. */
class Unreadable extends Error {}

/** Reads big-endian fields forward; every read checks its bounds, so hostile lengths end in `Unreadable`. */
export interface Cursor {
  int8(): number;
  int16(): number;
  int32(): number;
  /** Exact below 2^53, else unreadable. */
  int64(): number;
  /** Unsigned varint, at most 32 bits. */
  varint(): number;
  /** int16 length + UTF-8; a length of -1 is null. */
  nullableString(): string | null;
  string(): string;
  /** Unsigned varint of length + 1; 0 is null. */
  compactString(): string | null;
  /** int32 length + bytes; -1 is empty. */
  bytes(): Uint8Array;
  compactBytes(): Uint8Array;
  /** Length of an array (int32, -1 is 0), bounded by what the rest could hold. */
  count(): number;
  compactCount(): number;
  /** Tagged fields: number of the tag → its bytes. */
  tags(): ReadonlyMap<number, Uint8Array>;
  refuse(why: string): never;
}

const text = new TextDecoder("utf-8", { fatal: true });

function refuse(why: string): never {
  throw new Unreadable(why);
}

function decode(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    return refuse("a string is not UTF-8");
  }
}

function cursorOver(source: Uint8Array): Cursor {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;

  function take(length: number): number {
    if (length < 0 || at + length > source.length) return refuse("it ends too early");
    at += length;
    return at - length;
  }
  function slice(length: number): Uint8Array {
    const from = take(length);
    return source.subarray(from, from + length);
  }
  function varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = view.getUint8(take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return refuse("a varint is too long");
  }
  const bounded = (count: number): number =>
    count > source.length - at ? refuse("an array is longer than its bytes") : Math.max(count, 0);
  const int16 = (): number => view.getInt16(take(2));
  const int32 = (): number => view.getInt32(take(4));
  const nullableString = (): string | null => {
    const length = int16();
    return length < 0 ? null : decode(slice(length));
  };

  return {
    int8: () => view.getInt8(take(1)),
    int16,
    int32,
    int64() {
      const value = Number(view.getBigInt64(take(8)));
      return Number.isSafeInteger(value) ? value : refuse("a number is beyond 2^53");
    },
    varint,
    nullableString,
    string: () => nullableString() ?? refuse("a string is null"),
    compactString() {
      const length = varint();
      return length === 0 ? null : decode(slice(length - 1));
    },
    bytes: () => slice(Math.max(int32(), 0)),
    compactBytes: () => slice(Math.max(varint() - 1, 0)),
    count: () => bounded(int32()),
    compactCount: () => bounded(varint() - 1),
    tags() {
      const found = new Map<number, Uint8Array>();
      for (let left = bounded(varint()); left > 0; left -= 1) {
        const tag = varint();
        found.set(tag, slice(varint()));
      }
      return found;
    },
    refuse,
  };
}

/** Bytes that this tool cannot read, and why. */
export interface UnreadableBytes {
  readonly kind: "unreadable";
  readonly why: string;
}

/** What `read` makes of the bytes, or `unreadable`; a defect of our own still throws. */
export function reading<T>(bytes: Uint8Array, read: (cursor: Cursor) => T): T | UnreadableBytes {
  try {
    return read(cursorOver(bytes));
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unreadable", why: error.message };
    throw error;
  }
}
