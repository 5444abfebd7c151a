import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dockerTests } from "../environment/docker/daemon/required.fixture.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { atTransactionVersion, onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();

/** `level`: of transactions; null: the usual one. */
async function verdictAfter(kind: "process" | "docker", original: string, level: number | null = null) {
  await using folder = await scratch();
  await using own = await scratch();
  const scenario = level === null ? original : await atTransactionVersion(level, original, own.path);
  const args = ["run", scenario, "--environment", kind, "--seed", "1", "--out", folder.path];
  const exit = await rollproof(args).exit;
  const path = join(await onlyRun(folder.path), "verdict.json");
  return { exit, verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

describe.each([
  { kind: "process", run: true, level: 1, has: 1 },
  { kind: "docker", run: docker.run, level: null, has: 2 },
] as const)("a pipeline in Java, in $kind at transaction.version $has", ({ kind, run, level, has }) => {
  test.skipIf(!run)(
    "that says nothing is valid under crash and hold, and what it has no subject for is said",
    async () => {
      const { exit, verdict } = await verdictAfter(kind, "scenarios/java-rolling-upgrade.yaml", level);
      expect(verdict.versions.features["transaction.version"]).toBe(has);
      expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
        exit: 0,
        outcome: "valid",
        reasons: [],
      });
      const without = verdict.findings.filter(({ outcome }) => outcome === "not-applicable");
      expect(without.map(({ invariant }) => invariant)).toEqual(["CK1", "CK2", "CK4", "ST1", "UP5", "RS1"]);
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

test("two readers of a topic, two sources of a stage and two stages of a group are valid under crashes, each by its own counts", async () => {
  const { exit, verdict } = await verdictAfter("process", "scenarios/several-readers.yaml");
  expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
    exit: 0,
    outcome: "valid",
    reasons: [],
  });
  const examined = new Map(verdict.findings.map(({ invariant, examined: count }) => [invariant, count]));
  // Three tasks each of fees and ids, four of ledger, each sampled after the faults.
  expect(examined.get("LV1")).toBe(10);
  // Every payment has a fee and an id, and each of these an entry in the ledger.
  expect((examined.get("EO2") ?? 0) % 4).toBe(0);
});
