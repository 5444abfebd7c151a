import * as fc from "fast-check";
import { expect, test } from "vitest";
import { align, type Choice } from "./alignment.ts";

/** Units as letters: upper case with records, lower case bare; a claim takes a unit of its own letter. */
function aligned(claims: string, units: string): readonly Choice[] {
  const is = (j: number): string => units[j] ?? "";
  return align({
    claims: claims.length,
    units: units.length,
    take: (i, j) => (claims[i] === is(j).toUpperCase() ? 0 : null),
    claimAlone: () => 2,
    unitAlone: (_, j) => (is(j) === is(j).toLowerCase() ? 0 : 2),
    bare: (j) => is(j) === is(j).toLowerCase(),
  });
}

test("each claim takes its unit, surplus bare units are passed over", () => {
  expect(aligned("CCAC", "CcCcaACc")).toEqual([0, 2, 5, 6]);
});

test("a bare unit is taken where nothing else explains the count", () => {
  expect(aligned("CCC", "CcC")).toEqual([0, 1, 2]);
});

test("what more than one cheapest way explains is unclear, and only that", () => {
  expect(aligned("ACCA", "AcCcA")).toEqual([0, "unclear", "unclear", 4]);
});

test("a claim whose unit is missing gets none; a full unit that nobody claims is left", () => {
  expect(aligned("CAC", "CC")).toEqual([0, "none", 1]);
  expect(aligned("CC", "CAC")).toEqual([0, 2]);
});

test("thousands of claims behind one surplus unit are all placed", () => {
  const claims = "C".repeat(5_000);
  expect(aligned(claims, `c${claims}`)).toEqual(Array.from(claims, (_, i) => i + 1));
}, 30_000);

test("nothing to align, or far too many strays, ends without a guess", () => {
  expect(aligned("", "CCC")).toEqual([]);
  expect(aligned("CC", "A".repeat(100))).toEqual(["unclear", "unclear"]);
});

test("a way that is taken is never out of order", () => {
  const letters = fc.string({ unit: fc.constantFrom("C", "A", "c", "a"), maxLength: 12 });
  const claims = fc.string({ unit: fc.constantFrom("C", "A"), maxLength: 8 });
  fc.assert(
    fc.property(claims, letters, (wanted, units) => {
      const taken = aligned(wanted, units).filter((choice) => typeof choice === "number");
      expect(taken).toEqual([...new Set(taken)].toSorted((a, b) => a - b));
    }),
  );
});
