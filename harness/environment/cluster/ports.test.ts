import { expect, test } from "vitest";
import { freePorts, outside, parseRange } from "./ports.ts";

test("the kernel's range of ephemeral ports is read from its file", () => {
  expect(parseRange("32768\t60999\n")).toEqual({ first: 32_768, last: 60_999 });
  expect(parseRange("what\n")).toBeNull();
});

test("candidates leave the ephemeral range out", () => {
  const candidates = outside({ first: 32_768, last: 60_999 });
  expect(candidates.filter((port) => port >= 32_768 && port <= 60_999)).toEqual([]);
  expect([candidates[0], candidates.at(-1)]).toEqual([10_000, 65_000]);
});

test("a machine whose ephemeral range is nearly everything still gets candidates", () => {
  expect(outside({ first: 1_024, last: 65_535 })).toHaveLength(55_001);
});

test("free ports are distinct", async () => {
  const ports = await freePorts(60);
  expect(new Set(ports).size).toBe(60);
});
