const encoder = new TextEncoder();

/** A copy of `bytes` with a big-endian number written over it; `bits` says how wide it is. */
export function patched(bytes: Uint8Array, at: number, bits: 8 | 16 | 32 | 64, value: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (bits === 8) view.setInt8(at, value);
  else if (bits === 16) view.setInt16(at, value);
  else if (bits === 32) view.setInt32(at, value);
  else view.setBigInt64(at, BigInt(value));
  return copy;
}

export function integer(bits: 8 | 16 | 32 | 64, value: number): Uint8Array {
  return patched(new Uint8Array(bits / 8), 0, bits, value);
}

/** int16 length + UTF-8. */
export function string(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return concatenated(integer(16, bytes.length), bytes);
}

/** Unsigned varint, at most 32 bits. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Uint8Array.from([...bytes, left]);
}

/** Unsigned varint of length + 1, then UTF-8. */
export function compactString(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return concatenated(varint(bytes.length + 1), bytes);
}

export function concatenated(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
