import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addBit, beginBits, countBelow, eachMissing, firstBit, hasBit, type PagedBits } from "./paged-bits.ts";

/** Near each other, at the borders of words and pages, and far beyond 32 bits. */
const offset = fc.oneof(
  fc.nat(200),
  fc.nat(20_000),
  fc.nat(40).map((i) => i + 4_080),
  fc.nat(40).map((i) => i + 2 ** 33 - 20),
);
const offsets = fc.array(offset, { maxLength: 60 });
const end = fc.oneof(offset, fc.constant(Infinity));

function bitsOf(all: readonly number[]): PagedBits {
  const bits = beginBits();
  for (const one of all) addBit(bits, one);
  return bits;
}

test("a set of bits holds what was added, once each, and counts it", () => {
  fc.assert(
    fc.property(offsets, offsets, end, (added, asked, to) => {
      const bits = bitsOf(added);
      const model = new Set(added);
      expect(asked.map((one) => hasBit(bits, one))).toEqual(asked.map((one) => model.has(one)));
      expect(bits.count).toBe(model.size);
      expect(countBelow(bits, to)).toBe([...model].filter((one) => one < to).length);
    }),
  );
});

test("what one set has in a range and another lacks is told in ascending order, and no more once the visitor has enough", () => {
  fc.assert(
    fc.property(offsets, offsets, offset, end, fc.nat(5), (all, others, from, to, enough) => {
      const model = [...new Set(all)].filter((one) => one >= from && one < to).toSorted((a, b) => a - b);
      const missing = model.filter((one) => !others.includes(one));
      const seen: number[] = [];
      eachMissing(bitsOf(all), bitsOf(others), { from, to }, (one) => void seen.push(one));
      expect(seen).toEqual(missing);
      const first: number[] = [];
      eachMissing(bitsOf(all), bitsOf(others), { from, to }, (one) => first.push(one) <= enough);
      expect(first).toEqual(missing.slice(0, enough + 1));
      expect(firstBit(bitsOf(all), from, to)).toBe(model[0] ?? null);
    }),
  );
});
