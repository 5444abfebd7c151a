import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { judgeRun } from "../check/judge-run.ts";
import { readJudged, writeReports } from "../check/report.ts";
import { renderPlan } from "../plan/plan-file.ts";
import { html } from "../../reports/html/html.ts";
import { junit } from "../../reports/junit.ts";
import { loadPlan, loadScenarios } from "./load.ts";
import { parseArguments } from "./arguments.ts";
import { explain } from "./words.ts";

const defaultScenario = join(import.meta.dirname, "../../scenarios/rolling-upgrade.yaml");
const samples = join(import.meta.dirname, "../../reports/samples/valid");

/** An empty run directory, and a file outside that must never change. */
function scene(): { readonly run: string; readonly outside: string } {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-odd-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "run"));
  writeFileSync(join(folder, "outside"), "theirs");
  return { run: join(folder, "run"), outside: join(folder, "outside") };
}

async function refusal(attempt: () => unknown): Promise<{ readonly exit: number; readonly first: string }> {
  try {
    await attempt();
  } catch (error) {
    const { exit, lines } = explain(error);
    return { exit, first: lines[0] ?? "" };
  }
  return { exit: 0, first: "nothing was refused" };
}

const fifo = (path: string): void => void execFileSync("mkfifo", [path]);

test("a plan or a scenario that is a FIFO or a device is refused by name at once", async () => {
  const { run } = scene();
  fifo(join(run, "plan.json"));
  const path = join(run, "plan.json");
  expect(await refusal(() => loadPlan(path))).toEqual({
    exit: 64,
    first: `error: ${path} cannot be read as a plan: it is a FIFO.`,
  });
  expect(await refusal(() => loadScenarios(parseArguments(["run", "/dev/zero"]), "1"))).toEqual({
    exit: 64,
    first: "error: /dev/zero cannot be read as a scenario: it is a device.",
  });
});

test("check refuses a plan.json or run.json that is a FIFO or a link, and does not wait", async () => {
  const { run, outside } = scene();
  const [loaded] = await loadScenarios(parseArguments(["run", defaultScenario]), "1");
  for (const name of ["plan.json", "run.json"]) {
    for (const [what, make] of [
      ["a FIFO", fifo],
      ["a symbolic link", (path: string) => symlinkSync(outside, path)],
    ] as const) {
      make(join(run, name));
      const first = `error: ${join(run, name)} cannot be read: it is ${what}.`;
      expect(await refusal(() => judgeRun(run))).toEqual({ exit: 64, first });
      rmSync(join(run, name));
    }
    if (loaded !== undefined) writeFileSync(join(run, name), renderPlan(loaded.plan));
  }
});

test("report reads no verdict through a link, and writes no page, no JUnit file through one", async () => {
  const { run, outside } = scene();
  symlinkSync(join(samples, "verdict.json"), join(run, "verdict.json"));
  expect(await refusal(() => readJudged(run))).toEqual({
    exit: 64,
    first: `error: ${join(run, "verdict.json")} cannot be read: it is a symbolic link.`,
  });
  rmSync(join(run, "verdict.json"));
  for (const name of ["verdict.json", "summary.json"]) cpSync(join(samples, name), join(run, name));
  const judged = readJudged(run);
  for (const name of ["report.html", "junit.xml"]) {
    symlinkSync(outside, join(run, name));
    const attempt = () => writeReports({ directory: run, reporters: [html, junit], ...judged });
    expect(await refusal(attempt)).toEqual({ exit: 64, first: `error: ${join(run, name)} is a symbolic link.` });
    expect(readFileSync(outside, "utf8")).toBe("theirs");
    rmSync(join(run, name));
  }
});
