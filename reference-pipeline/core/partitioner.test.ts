import { expect, test } from "vitest";
import { fnv1a32, partitionOf } from "./partitioner.ts";

test("the hash is 32-bit FNV-1a: the vectors of its authors", () => {
  const hashes = ["", "a", "foobar"].map((text) => fnv1a32(new TextEncoder().encode(text)).toString(16));
  expect(hashes).toEqual(["811c9dc5", "e40c292c", "bf9cf968"]);
});

test("a hash with its top bit set is a partition all the same", () => {
  expect(partitionOf("a", 6)).toBe(0xe40c292c % 6);
});
