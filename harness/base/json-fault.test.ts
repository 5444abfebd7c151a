import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFaultAt } from "./json-fault.ts";

test.each([
  ['{"a":1}', null],
  ['{"a":1', 6],
  ["{'a':1}", 1],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ["[1 2]", 3],
  ["[01]", 1],
  ["[1.]", 1],
  ['["\\x"]', 1],
  ["nul", 0],
  ["1 2", 2],
  ["]", 0],
  ["", 0],
])("%s", (text, expected) => {
  expect(jsonFaultAt(text)).toBe(expected);
});

test("it finds a fault exactly where JSON.parse throws", () => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const mutated = fc
    .tuple(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom("", ",", '"', "}", "]", "1", "x", "\\", "\n", "-"),
      fc.nat(2),
    )
    .map(([text, where, put, cut]) => {
      const at = where % (text.length + 1);
      return text.slice(0, at) + put + text.slice(at + cut);
    });
  fc.assert(
    fc.property(mutated, (text) => (jsonFaultAt(text) === null) === parses(text)),
    { numRuns: 3_000 },
  );
});

test("a text of many million characters is read like a short one", () => {
  const long = "\u00e9\\n".repeat(2_000_000);
  expect(jsonFaultAt(`{"${long}":["${long}"]}`)).toBe(null);
  expect(jsonFaultAt(`["${long}`)).toBe(1);
  expect(jsonFaultAt(`[${" ".repeat(12_000_000)}]`)).toBe(null);
  expect(jsonFaultAt(`[${"1".repeat(12_000_000)}]`)).toBe(null);
});
