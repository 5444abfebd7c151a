import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitLines } from "./lines.ts";

function split(pieces: readonly string[]): readonly string[] {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line));
  for (const piece of pieces) splitter.add(piece);
  splitter.end();
  return lines;
}

test("lines come out the same however the text was cut on its way", () => {
  const line = fc.string().map((text) => text.replaceAll(/[\r\n]/g, ""));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(200)), (lines, cuts) => {
      const text = lines.map((each) => `${each}\n`).join("");
      const edges = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
      expect(split(edges.slice(1).map((edge, i) => text.slice(edges[i], edge)))).toEqual(lines);
    }),
  );
});

test("a last line without an end is a line, and Windows ends are cut", () => {
  expect(split(["a\r\nb", "c"])).toEqual(["a", "bc"]);
});
