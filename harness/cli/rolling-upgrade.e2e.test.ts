import { cp, readFile, rm, truncate, writeFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseVerdict } from "../verdict/schema.ts";
import { onlyRun, processesOf, rollproof, scratch } from "./spawned.fixture.ts";

/** One real rolling upgrade under faults serves all tests of this file. */
let folder: Awaited<ReturnType<typeof scratch>>;
let run = "";
let words = "";
let exit = -1;

beforeAll(async () => {
  folder = await scratch();
  const spawned = rollproof([
    "run",
    "--environment",
    "process",
    "scenarios/rolling-upgrade.yaml",
    "--seed",
    "7",
    "--out",
    folder.path,
  ]);
  exit = await spawned.exit;
  words = spawned.out();
  run = await onlyRun(folder.path);
}, 240_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

async function verdictOf(directory: string) {
  const path = join(directory, "verdict.json");
  return parseVerdict(await readFile(path, "utf8"), path);
}

test("the default scenario is valid, with every minimum exercised and every fault proven", async () => {
  const verdict = await verdictOf(run);
  expect({ exit, outcome: verdict.outcome, reasons: verdict.reasons }).toEqual({
    exit: 0,
    outcome: "valid",
    reasons: [],
  });
  for (const { kind, seen, minimum } of verdict.exercised) expect(seen, kind).toBeGreaterThanOrEqual(minimum);
});

test("the seed is the first line and the replay command the last", () => {
  const lines = words.trimEnd().split("\n");
  expect(lines[0]).toBe("seed 7");
  expect(lines.at(-1)).toMatch(/^\s*replay\s.*run --plan .*plan\.json$/);
});

test("the run leaves a report, a JUnit file and no process", async () => {
  expect((await stat(join(run, "report.html"))).size).toBeGreaterThan(10_000);
  expect(await readFile(join(run, "junit.xml"), "utf8")).toContain("<testsuite");
  expect(processesOf(folder.path)).toEqual([]);
});

test("check comes to the same verdict from the recorded history alone", async () => {
  const before = await verdictOf(run);
  const checked = rollproof(["check", run]);
  expect(await checked.exit).toBe(0);
  expect(await verdictOf(run)).toEqual(before);
});

test("the plan is the plan that `plan` writes for the same seed, byte by byte", async () => {
  const path = join(folder.path, "..", `rollproof-plan-${process.pid}.json`);
  const planned = rollproof(["plan", "scenarios/rolling-upgrade.yaml", "--seed", "7", "--out", path]);
  expect(await planned.exit).toBe(0);
  expect(await readFile(path, "utf8")).toBe(await readFile(join(run, "plan.json"), "utf8"));
});

test("a truncated history is unknown, and says which file and byte", async () => {
  await using copy = await scratch();
  const torn = join(copy.path, "run");
  await cp(run, torn, { recursive: true });
  const events = join(torn, "history", "events.log");
  await truncate(events, Math.floor((await stat(events)).size * 0.9));
  const checked = rollproof(["check", torn]);
  expect(await checked.exit).toBe(2);
  expect((await verdictOf(torn)).reasons.join("\n")).toContain("events.log");
});

test("a flipped bit in a log is unknown, never valid", async () => {
  await using copy = await scratch();
  const flipped = join(copy.path, "run");
  await cp(run, flipped, { recursive: true });
  const log = join(flipped, "history", "settlements-0.log");
  const bytes = await readFile(log);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  await writeFile(log, bytes);
  const checked = rollproof(["check", flipped]);
  expect(await checked.exit).toBe(2);
  expect((await verdictOf(flipped)).reasons.join("\n")).toContain("settlements-0");
});

test("a run whose copied disks are gone is unknown", async () => {
  await using copy = await scratch();
  const bare = join(copy.path, "run");
  await cp(run, bare, { recursive: true });
  await rm(join(bare, "members"), { recursive: true });
  const checked = rollproof(["check", bare]);
  expect(await checked.exit).toBe(2);
  expect((await verdictOf(bare)).reasons.join("\n")).toContain("members/");
});

test("under --json stdout is the verdict alone, and the words go to stderr", async () => {
  const checked = rollproof(["check", run, "--json"]);
  expect(await checked.exit).toBe(0);
  const parsed: unknown = JSON.parse(checked.out());
  expect(parsed).toEqual(await verdictOf(run));
  expect(checked.err()).toContain("VALID");
});
