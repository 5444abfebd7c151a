import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../base/deadline.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, processesOf, rollproof, scratch, type Spawned } from "./spawned.fixture.ts";

const scenario = "scenarios/mutants/off-by-one.yaml";

async function saysLoad(spawned: Spawned): Promise<void> {
  await until(
    { what: "load", timeoutMs: 90_000, signal: AbortSignal.timeout(100_000), remedy: "Read its words." },
    () => (spawned.out().includes("phase load") ? true : undefined),
  );
}

async function verdictIn(out: string) {
  const path = join(await onlyRun(out), "verdict.json");
  return parseVerdict(await readFile(path, "utf8"), path);
}

function startRun(out: string, ...more: readonly string[]) {
  return rollproof(["run", "--environment", "process", scenario, "--mutant", "none", "--out", out, ...more]);
}

test("SIGINT heals and stops, and still writes an unknown verdict and the report", async () => {
  await using folder = await scratch();
  const spawned = startRun(folder.path, "--seed", "1");
  await saysLoad(spawned);
  spawned.child.kill("SIGINT");
  expect(await spawned.exit).toBe(130);
  const verdict = await verdictIn(folder.path);
  expect(verdict.outcome).toBe("unknown");
  expect(verdict.reasons.join("\n")).toMatch(/interrupted/i);
  expect(existsSync(join(await onlyRun(folder.path), "report.html"))).toBe(true);
  expect(processesOf(folder.path)).toEqual([]);
});

test("SIGKILL leaves no process after 5 s, and a history that can be judged: unknown", async () => {
  await using folder = await scratch();
  const spawned = startRun(folder.path, "--seed", "1");
  await saysLoad(spawned);
  spawned.child.kill("SIGKILL");
  await spawned.exit;
  await until(
    {
      what: "everything to end",
      timeoutMs: 5_000,
      signal: AbortSignal.timeout(10_000),
      remedy: "Mend the supervisor.",
    },
    () => (processesOf(folder.path).length === 0 ? true : undefined),
  );
  const checked = rollproof(["check", await onlyRun(folder.path)]);
  expect(await checked.exit).toBe(2);
  expect((await verdictIn(folder.path)).outcome).toBe("unknown");
});

test("--timeout ends the run as unknown, with its evidence", async () => {
  await using folder = await scratch();
  const spawned = startRun(folder.path, "--timeout", "10s");
  expect(await spawned.exit).toBe(2);
  const verdict = await verdictIn(folder.path);
  expect(verdict.outcome).toBe("unknown");
  expect(verdict.reasons.join("\n")).toContain("--timeout");
});
