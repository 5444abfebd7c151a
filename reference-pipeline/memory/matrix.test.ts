import { describe, expect, test } from "vitest";
import { correct, type Strategy } from "../core/strategy.ts";
import { mutants } from "../mutants/catalogue.ts";
import { faults, fillCells, versionPairs, type Cell } from "./matrix.ts";

/** What mutants.md says must flag each planted bug, as far as the judge here can see it. */
const flaggedBy: ReadonlyMap<string, readonly string[]> = new Map([
  ["trust-dirty-store", ["ST1", "EO4"]],
  ["stale-clean-while-running", ["ST1", "EO4"]],
  ["silent-format-change", ["EO4"]],
  ["zombie-committer", ["OF1"]],
  ["offsets-outside-txn", ["EO1", "EO2"]],
  ["commit-on-poll", ["EO2"]],
  ["off-by-one", ["CK3", "EO1", "EO2"]],
  ["checkpoint-before-commit", ["CK1"]],
  ["log-and-skip-commit", ["EO2", "OF2"]],
]);
/** It is planted in the driver: here it must change nothing. */
const driverMutants: ReadonlySet<string> = new Set(["leaky-abort-filter"]);
/** The correct core is tried after every effect; a planted bug after every fifth one, which finds it just as well. */
const mutantStride = 5;

const rows = new Map<string, readonly Cell[]>();
function row(name: string, strategy: Strategy, stride: number): readonly Cell[] {
  const cells = versionPairs.flatMap((pair) => fillCells(strategy, pair, stride));
  rows.set(name, cells);
  return cells;
}

describe("after every single effect", () => {
  test("the correct core is exactly once, whatever goes wrong", { timeout: 60_000 }, () => {
    const wrong = row("correct", correct, 1).filter((cell) => cell.wrong > 0);
    expect(wrong.map(({ pair, fault, firstWrong }) => [pair.name, fault, firstWrong])).toEqual([]);
    expect([...rows.values()].flat().every(({ trials }) => trials > 0)).toBe(true);
  });

  test.each([...mutants].filter(([name]) => !driverMutants.has(name)))(
    "%s is wrong somewhere, and in the way that it must be",
    { timeout: 60_000 },
    (name, strategy) => {
      const cells = row(name, strategy, mutantStride);
      const seen = new Set(cells.flatMap(({ invariants }) => [...invariants]));
      expect(flaggedBy.get(name)?.some((id) => seen.has(id))).toBe(true);
    },
  );

  test("the table of it all", () => {
    const table = versionPairs.map(({ name }) => tableOf(name)).join("\n\n");
    console.log(`wrong trials of all trials\n\n${table}`);
    expect([...rows.keys()]).toEqual(["correct", ...flaggedBy.keys()]);
  });
});

function tableOf(pair: string): string {
  const lines = [[pair, ...faults, "violated"]];
  for (const [name, cells] of rows) {
    const own = cells.filter((cell) => cell.pair.name === pair);
    const invariants = new Set(own.flatMap((cell) => [...cell.invariants]));
    const counts = own.map(({ wrong, trials }) => `${wrong} of ${trials}`);
    lines.push([name, ...counts, [...invariants].toSorted().join(" ")]);
  }
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}
