import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kinds } from "./kinds.ts";
import { histories } from "./model.ts";

const text = readFileSync(`${import.meta.dirname}/../../docs/detection.md`, "utf8");

test("docs/detection.md has a row for every kind, with what is planted, what is right and a cell for each history", () => {
  const rows = text.split("\n").flatMap((line) => {
    const [, name, what, must, ...cells] = line.split("|").map((cell) => cell.trim());
    return name?.startsWith("`") === true ? [[name.slice(1, -1), what, must, cells.length - 1]] : [];
  });
  const expected = kinds.map(({ name, what, must }) => [name, what, must.join(", "), histories.length]);
  expect(rows.filter(([name]) => !histories.some((history) => history === name))).toEqual(expected);
});

test("no two kinds have one name", () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});

test("there are at least 60 kinds of damage", () => {
  expect(kinds.filter(({ family }) => family === "damage").length).toBeGreaterThanOrEqual(60);
});
