import { display } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";

const seedMax = 2n ** 64n - 1n;

/** A seed as a person gives it: a decimal number of 64 bits, without sign or leading zeros. Throws `usage`. */
export function parseSeed(text: string): string {
  if (/^(?:0|[1-9]\d{0,19})$/u.test(text) && BigInt(text) <= seedMax) return text;
  throw new RollproofError("usage", `${display(text)} is not a seed.`, {
    remedy: `Give a whole number from 0 to ${seedMax}, for example --seed 42, or none to have one drawn.`,
  });
}

/** A seed from eight bytes of the caller's own chance. */
export function drawSeed(bytes: Uint8Array): string {
  if (bytes.length !== 8) throw new Error(`A seed is drawn from 8 bytes, not ${bytes.length}`);
  return String(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
}
