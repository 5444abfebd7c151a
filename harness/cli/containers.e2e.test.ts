import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { labelledRuns } from "../environment/docker/leftovers.ts";
import { dockerTests } from "../environment/docker/required.fixture.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const docker = await dockerTests();

async function verdictIn(kind: "docker" | "process", args: readonly string[]) {
  await using folder = await scratch();
  const spawned = rollproof(["run", "--environment", kind, ...args, "--out", folder.path]);
  const exit = await spawned.exit;
  const run = await onlyRun(folder.path);
  const path = join(run, "verdict.json");
  const left = (await labelledRuns()).filter((found) => found.run === basename(run));
  return { exit, left, verdict: parseVerdict(await readFile(path, "utf8"), path) };
}

describe.skipIf(!docker.run)("in containers", () => {
  test("the default scenario is valid, and leaves no container", async () => {
    const { exit, left, verdict } = await verdictIn("docker", ["scenarios/rolling-upgrade.yaml", "--seed", "7"]);
    expect({ exit, left, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
      exit: 0,
      left: [],
      outcome: "valid",
      reasons: [],
    });
  });

  test("a planted bug is invalid, and for a reason that it must be caught by", async () => {
    const { exit, verdict } = await verdictIn("docker", ["scenarios/mutants/off-by-one.yaml", "--seed", "3"]);
    expect({ exit, outcome: verdict.outcome }).toEqual({ exit: 1, outcome: "invalid" });
    const found = new Set(verdict.anomalies.map(({ invariant }) => invariant));
    expect(["CK3", "EO1", "EO2"].filter((kind) => found.has(kind))).not.toEqual([]);
  });
});
