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

/** A class, since one is made for each of Kafka's internal records. */
class BytesCursor implements Cursor {
  readonly #source: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  #take(length: number): number {
    if (length < 0 || this.#at + length > this.#source.length) return refuse("it ends too early");
    this.#at += length;
    return this.#at - length;
  }
  #slice(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#source.subarray(from, from + length);
  }
  #bounded(count: number): number {
    return count > this.#source.length - this.#at ? refuse("an array is longer than its bytes") : Math.max(count, 0);
  }
  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }
  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }
  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }
  int64(): number {
    const value = Number(this.#view.getBigInt64(this.#take(8)));
    return Number.isSafeInteger(value) ? value : refuse("a number is beyond 2^53");
  }
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return refuse("a varint is too long");
  }
  nullableString(): string | null {
    const length = this.int16();
    return length < 0 ? null : decode(this.#slice(length));
  }
  string(): string {
    return this.nullableString() ?? refuse("a string is null");
  }
  compactString(): string | null {
    const length = this.varint();
    return length === 0 ? null : decode(this.#slice(length - 1));
  }
  bytes(): Uint8Array {
    return this.#slice(Math.max(this.int32(), 0));
  }
  compactBytes(): Uint8Array {
    return this.#slice(Math.max(this.varint() - 1, 0));
  }
  count(): number {
    return this.#bounded(this.int32());
  }
  compactCount(): number {
    return this.#bounded(this.varint() - 1);
  }
  tags(): ReadonlyMap<number, Uint8Array> {
    const found = new Map<number, Uint8Array>();
    for (let left = this.#bounded(this.varint()); left > 0; left -= 1) {
      const tag = this.varint();
      found.set(tag, this.#slice(this.varint()));
    }
    return found;
  }
  refuse(why: string): never {
    return refuse(why);
  }
}

/** Bytes that this tool cannot read, and why. */
export interface UnreadableBytes {
  readonly kind: "unreadable";
  readonly why: string;
}

/** What `read` makes of the bytes, or `unreadable`; a defect of our own still throws. */
export function reading<T>(bytes: Uint8Array, read: (cursor: Cursor) => T): T | UnreadableBytes {
  try {
    return read(new BytesCursor(bytes));
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unreadable", why: error.message };
    throw error;
  }
}
