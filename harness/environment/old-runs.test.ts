import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeRunDirectory } from "../run/layout.ts";
import { isDeadBelow } from "./dead-containers.ts";
import { noteDockerDisposed, noteDockerRun } from "./docker/cleaning/journal.ts";
import { removeOldRuns } from "./old-runs.ts";

const layoutModule = new URL("../run/layout.ts", import.meta.url).href;
const none: ReadonlySet<string> = new Set();

test("the oldest runs go; the newest, a living one and what is no run stay", async () => {
  const root = folder();
  const made = ["living", "old", "older-than-new", "new", "notes"].map((name) => join(root, name));
  for (const path of made) mkdirSync(path);
  for (const path of made.slice(0, 4)) deadHarness(path);
  noteDockerRun(join(root, "living"), "living");
  for (const [i, path] of made.entries()) utimesSync(path, 1_000 + i, 1_000 + i);
  expect(await removeOldRuns(root, 2, none)).toEqual([join(root, "old")]);
  expect(readdirSync(root).toSorted()).toEqual(["living", "new", "notes", "older-than-new"]);
  noteDockerDisposed(join(root, "living"));
  expect((await removeOldRuns(root, 0, none)).length).toBe(3);
  expect(readdirSync(root)).toEqual(["notes"]);
});

test("a run in its first moments, before any journal of an environment, stays; once its harness has ended it goes", async () => {
  const root = folder();
  const [young, dead] = [join(root, "young"), join(root, "dead")];
  await makeRunDirectory(young);
  const harness = `import(${JSON.stringify(layoutModule)}).then(({ makeRunDirectory }) => makeRunDirectory(process.argv[1]))`;
  execFileSync(process.execPath, ["-e", harness, dead]);
  expect(readdirSync(dead).toSorted()).toEqual(["history", "journals"]);
  expect(await removeOldRuns(root, 0, none)).toEqual([dead]);
  expect(readdirSync(root)).toEqual(["young"]);
});

test("containers are a dead run's only when their directory is below the root and their harness is gone", () => {
  const root = folder();
  const gone = 4_194_304; // above Linux's highest pid (proc_sys_kernel(5), pid_max)
  noteDockerRun(join(root, "a"), "a");
  const is = (directory: string | null, harnessPid: number | null) =>
    isDeadBelow(root, { run: "a", directory, harnessPid });
  expect({
    journalledAlive: is(join(root, "a"), gone),
    noJournal: is(join(root, "b"), gone),
    alive: is(join(root, "b"), process.pid),
    elsewhere: is("/elsewhere/b", gone),
    escaped: is(join(root, "..", "b"), gone),
    root: is(root, gone),
    unlabelled: is(null, gone),
    noPid: is(join(root, "b"), null),
  }).toEqual({
    journalledAlive: false,
    noJournal: true,
    alive: false,
    elsewhere: false,
    escaped: false,
    root: false,
    unlabelled: false,
    noPid: false,
  });
});

test("only what a harness made under this name is a run: nothing else goes, whatever it holds", async () => {
  const root = folder();
  const elsewhere = folder();
  deadHarness(join(elsewhere, "linked"));
  mkdirSync(join(root, "plan-alone"));
  writeFileSync(join(root, "plan-alone", "plan.json"), "{}");
  mkdirSync(join(root, "history-alone", "history"), { recursive: true });
  symlinkSync(join(elsewhere, "linked"), join(root, "linked"));
  deadHarness(join(root, "original"));
  renameSync(join(root, "original"), join(root, "kept-under-another-name"));
  mkdirSync(join(root, "linked-journals"));
  symlinkSync(join(elsewhere, "linked", "journals"), join(root, "linked-journals", "journals"));
  mkdirSync(join(root, "fifo", "journals"), { recursive: true });
  execFileSync("mkfifo", [join(root, "fifo", "journals", "harness.ndjson")]);
  const before = readdirSync(root).toSorted();
  expect(await removeOldRuns(root, 0, none)).toEqual([]);
  expect(readdirSync(root).toSorted()).toEqual(before);
  expect(readdirSync(elsewhere)).toEqual(["linked"]);
});

/** A run directory whose harness has ended. */
function deadHarness(directory: string): void {
  mkdirSync(join(directory, "journals"), { recursive: true });
  writeFileSync(
    join(directory, "journals", "harness.ndjson"),
    `${JSON.stringify({ run: basename(directory), proof: null })}\n`,
  );
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-old-runs-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
