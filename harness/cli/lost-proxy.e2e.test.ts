import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../base/deadline.ts";
import { readJournal } from "../environment/process/journal.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, rollproof, scratch } from "./spawned.fixture.ts";

const scenario = "scenarios/mutants/off-by-one.yaml";

test("a proxy server that dies under load convicts nobody: the verdict is unknown and says why", async () => {
  await using folder = await scratch();
  const how = ["--environment", "process", "--seed", "1", "--mutant", "none", "--out", folder.path];
  const spawned = rollproof(["run", scenario, ...how]);
  await until(
    { what: "load", timeoutMs: 90_000, signal: AbortSignal.timeout(100_000), remedy: "Read its words." },
    () => (spawned.out().includes("phase load") ? true : undefined),
  );
  const run = await onlyRun(folder.path);
  const children = readJournal(run).flatMap((cluster) => cluster.children);
  const server = children.find(({ role }) => role === "toxiproxy");
  if (server === undefined) throw new Error("The journal names no proxy server.");
  process.kill(server.proof.pid, "SIGKILL");
  expect(await spawned.exit).toBe(2);
  const path = join(run, "verdict.json");
  const verdict = parseVerdict(await readFile(path, "utf8"), path);
  expect(verdict.outcome).toBe("unknown");
  expect(verdict.reasons).toContainEqual(expect.stringContaining("The toxiproxy server ended (SIGKILL)"));
});
