import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

async function verdictAfter(scenario: string) {
  await using folder = await scratch();
  const args = ["run", scenario, "--environment", "process", "--seed", "1", "--out", folder.path];
  const exit = await rollproof(args).exit;
  const path = join(await onlyRun(folder.path), "verdict.json");
  return { exit, verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

test("a pipeline in Java that says nothing is valid under crash and hold, and what it has no subject for is said", async () => {
  const { exit, verdict } = await verdictAfter("scenarios/java-rolling-upgrade.yaml");
  expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
    exit: 0,
    outcome: "valid",
    reasons: [],
  });
  const without = verdict.findings.filter(({ outcome }) => outcome === "not-applicable");
  expect(without.map(({ invariant }) => invariant)).toEqual(["CK1", "CK2", "CK4", "ST1"]);
});

test("offsets that it commits outside the transaction are noticed by the transactions that carry none", async () => {
  const { exit, verdict } = await verdictAfter("scenarios/mutants/java-offsets-outside-transaction.yaml");
  expect({ exit, outcome: verdict.outcome, met: verdict.expectation.met }).toEqual({
    exit: 1,
    outcome: "invalid",
    met: true,
  });
  expect(verdict.anomalies[0]?.invariant).toBe("CK3");
});
