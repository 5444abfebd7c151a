/** Writes numbers and bytes one after the other into one growing buffer. */
export interface ByteWriter {
  /** A whole number from 0 to below 2^53, seven bits a byte, the lowest first. */
  varint(value: number): void;
  /** A whole number of at most 2^51 either way: 0, -1, 1, -2 … become 0, 1, 2, 3 … */
  zigzag(value: number): void;
  float64(value: number): void;
  bytes(value: Uint8Array): void;
  written(): Uint8Array;
}

export function beginBytes(): ByteWriter {
  let buffer = new Uint8Array(16 * 1024);
  let view = new DataView(buffer.buffer);
  let length = 0;

  function reserve(more: number): void {
    if (length + more <= buffer.length) return;
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + more));
    grown.set(buffer.subarray(0, length));
    buffer = grown;
    view = new DataView(buffer.buffer);
  }
  function varint(value: number): void {
    reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      buffer[length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[length++] = rest;
  }
  return {
    varint,
    zigzag: (value) => varint(value >= 0 ? 2 * value : -2 * value - 1),
    float64(value) {
      reserve(8);
      view.setFloat64(length, value, true);
      length += 8;
    },
    bytes(value) {
      reserve(value.length);
      buffer.set(value, length);
      length += value.length;
    },
    written: () => buffer.subarray(0, length),
  };
}

/** Reads what a ByteWriter wrote. Never throws: past the end, or on a number that is none, it gives 0 and turns `broken`. */
export interface ByteReader {
  varint(): number;
  zigzag(): number;
  float64(): number;
  bytes(length: number): Uint8Array;
  /** Everything that is left. */
  rest(): Uint8Array;
  broken(): boolean;
}

export function readBytes(buffer: Uint8Array): ByteReader {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  let at = 0;
  let broken = false;

  function fail(): 0 {
    broken = true;
    at = buffer.length;
    return 0;
  }
  function varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = buffer[at++];
      if (byte === undefined) return fail();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : fail();
      scale *= 0x80;
    }
    return fail();
  }
  function bytes(length: number): Uint8Array {
    if (length > buffer.length - at) {
      fail();
      return buffer.subarray(at);
    }
    at += length;
    return buffer.subarray(at - length, at);
  }
  return {
    varint,
    zigzag() {
      const value = varint();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    float64() {
      if (buffer.length - at < 8) return fail();
      at += 8;
      return view.getFloat64(at - 8, true);
    },
    bytes,
    rest: () => bytes(buffer.length - at),
    broken: () => broken,
  };
}
