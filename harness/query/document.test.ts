import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { questions } from "./questions.ts";
import { tables, views } from "./tables.ts";

const text = readFileSync(`${import.meta.dirname}/../../docs/query.md`, "utf8");
const rows = text.split("\n").flatMap((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  return cells.length > 3 && cells[1]?.startsWith("`") === true ? [cells.slice(1, -1)] : [];
});

test("docs/query.md has every question, table, column and view, and no other", () => {
  expect(rows).toEqual([
    ...questions.map(({ name, what, about }) => [`\`${name}${about === null ? "" : ` ${about.example}`}\``, what]),
    ...views.map(({ name, what }) => [`\`${name}\``, what]),
    ...tables.flatMap(({ name, columns }) =>
      columns.map((column) => [`\`${name}.${column.name}\``, column.type, column.what]),
    ),
  ]);
  for (const { what } of tables) expect(text).toContain(what);
});
