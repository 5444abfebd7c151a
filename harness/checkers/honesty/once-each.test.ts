import { expect, test } from "vitest";
import { onceEach } from "./once-each.ts";

test("reasons that differ in numbers only are told once, with the first in full and the others counted", () => {
  const gaps = Array.from({ length: 100 }, (_, i) => `out-${i % 4} was not read from ${i} to ${i + 1}: run again.`);
  expect(onceEach(["The clock stepped by 3 ms.", ...gaps, "It rains.", "It rains."])).toEqual([
    "The clock stepped by 3 ms.",
    "out-0 was not read from 0 to 1: run again. (99 more like it.)",
    "It rains.",
  ]);
});
