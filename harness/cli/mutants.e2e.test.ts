import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseVerdict } from "../verdict/schema.ts";
import { atTransactionVersion, onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

async function verdictAfter(args: readonly string[]) {
  await using folder = await scratch();
  const spawned = rollproof(["run", "--environment", "process", ...args, "--seed", "3", "--out", folder.path]);
  const exit = await spawned.exit;
  const path = join(await onlyRun(folder.path), "verdict.json");
  return { exit, verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

test.each([
  ["mutants/off-by-one", ["CK3", "EO1", "EO2"]],
  ["mutants/checkpoint-before-commit", ["CK1"]],
  ["checkpoint-gone-before-end", ["CK1"]],
  ["mutants/log-and-skip-commit", ["EO2", "OF2", "CK1"]],
])("the planted bug of %s is invalid, and for a reason that it must be caught by", async (name, kinds) => {
  const { exit, verdict } = await verdictAfter([`scenarios/${name}.yaml`]);
  expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
    exit: 1,
    outcome: "invalid",
    reasons: [],
  });
  const found = new Set(verdict.anomalies.map(({ invariant }) => invariant));
  expect(kinds.filter((kind) => found.has(kind))).not.toEqual([]);
});

test("the same scenario with the correct pipeline is valid, as expected, by the protocol before KIP-890 too", async () => {
  await using own = await scratch();
  const { exit, verdict } = await verdictAfter([
    await atTransactionVersion(0, "scenarios/mutants/checkpoint-before-commit.yaml", own.path),
    "--mutant",
    "none",
    "--as-expected",
  ]);
  expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
    exit: 0,
    outcome: "valid",
    reasons: [],
  });
  expect(verdict.versions.features).not.toHaveProperty(["transaction.version"]);
});
