import { expect, test } from "vitest";
import type { Answer, Value } from "./ask.ts";
import { jsonLines, tableLines } from "./render.ts";

function answer(columns: readonly string[], rows: readonly (readonly Value[])[]): Answer {
  return { columns, rows: () => rows };
}

test("columns are aligned, numbers to the right; null is empty", () => {
  const lines = [
    ...tableLines(
      answer(
        ["name", "n"],
        [
          ["a", 5],
          ["longer", 10],
          [null, null],
        ],
      ),
      10,
    ),
  ];
  expect(lines).toEqual(["name     n", "──────  ──", "a        5", "longer  10", "", "3 rows"]);
});

test("what a record or a member says steers no terminal, and bytes are shown as such", () => {
  const lines = [...tableLines(answer(["v"], [["\u001b[2J"], [new Uint8Array([0xff, 0])]]), 10)];
  expect(lines.slice(2)).toEqual(["\\u{1b}[2J", "x'ff00'", "2 rows"]);
});

test("rows beyond what is shown are counted", () => {
  expect([...tableLines(answer(["n"], [[1], [2], [3]]), 2)].at(-1)).toBe(
    "3 rows, 1 not shown: add LIMIT, or --json for all",
  );
});

test("JSON keeps numbers exact, and names bytes", () => {
  const rows = [[1, 2n ** 60n, new Uint8Array([1]), null]];
  expect([...jsonLines(answer(["a", "b", "c", "d"], rows))]).toEqual([
    '{"a":1,"b":"1152921504606846976","c":{"hex":"01"},"d":null}',
  ]);
});
