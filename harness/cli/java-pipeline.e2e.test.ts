import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dockerTests } from "../environment/docker/required.fixture.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();

async function verdictAfter(kind: "process" | "docker", scenario: string) {
  await using folder = await scratch();
  const args = ["run", scenario, "--environment", kind, "--seed", "1", "--out", folder.path];
  const exit = await rollproof(args).exit;
  const path = join(await onlyRun(folder.path), "verdict.json");
  return { exit, verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

describe.each([
  { kind: "process", run: true },
  { kind: "docker", run: docker.run },
] as const)("a pipeline in Java, in $kind", ({ kind, run }) => {
  test.skipIf(!run)(
    "that says nothing is valid under crash and hold, and what it has no subject for is said",
    async () => {
      const { exit, verdict } = await verdictAfter(kind, "scenarios/java-rolling-upgrade.yaml");
      expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
        exit: 0,
        outcome: "valid",
        reasons: [],
      });
      const without = verdict.findings.filter(({ outcome }) => outcome === "not-applicable");
      expect(without.map(({ invariant }) => invariant)).toEqual(["CK1", "CK2", "CK4", "ST1"]);
    },
  );

  test.skipIf(!run)(
    "that commits its offsets outside the transaction is noticed by the transactions that carry none",
    async () => {
      const { exit, verdict } = await verdictAfter(kind, "scenarios/mutants/java-offsets-outside-transaction.yaml");
      expect({ exit, outcome: verdict.outcome, met: verdict.expectation.met }).toEqual({
        exit: 1,
        outcome: "invalid",
        met: true,
      });
      expect(verdict.anomalies[0]?.invariant).toBe("CK3");
    },
  );
});
