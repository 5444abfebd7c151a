import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { judgeRun } from "./judge-run.ts";
import { readJudged } from "./report.ts";
import { consistent, writeRun } from "./run-directory.fixture.ts";

/** A run that was judged and reported before, by a specification that has changed since. */
async function judgedBefore(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-stale-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await writeRun(directory, consistent("0".repeat(64)));
  for (const name of ["report.html", "junit.xml"]) writeFileSync(join(directory, name), "of an earlier judging");
  return directory;
}

const remove = (path: string): void => rmSync(path, { recursive: true });

test.each<[string, (directory: string) => void, RegExp]>([
  ["is gone", (at) => remove(join(at, "history")), /There is no history in/u],
  [
    "is a link",
    (at) => {
      renameSync(join(at, "history"), join(at, "elsewhere"));
      symlinkSync(join(at, "elsewhere"), join(at, "history"));
    },
    /history is a symbolic link/u,
  ],
  [
    "is a link to nothing, and the plan is gone",
    (at) => {
      remove(join(at, "history"));
      symlinkSync(join(at, "nowhere"), join(at, "history"));
      remove(join(at, "plan.json"));
      remove(join(at, "verdict.json"));
    },
    /plan\.json cannot be read.*\n.*history is a symbolic link/u,
  ],
  [
    "is a file",
    (at) => {
      remove(join(at, "history"));
      writeFileSync(join(at, "history"), "");
    },
    /history is a regular file/u,
  ],
  [
    "is gone, and so are plan and verdict",
    (at) => ["history", "plan.json", "verdict.json"].forEach((name) => remove(join(at, name))),
    /plan\.json cannot be read/u,
  ],
])("a run whose history %s is unknown, and nothing of an earlier judging stays", async (_, change, words) => {
  const directory = await judgedBefore();
  change(directory);
  const verdict = await judgeRun(directory);
  expect([verdict.outcome, verdict.reasons.join("\n")]).toEqual(["unknown", expect.stringMatching(words)]);
  expect(readJudged(directory).verdict).toEqual(verdict);
  expect(readdirSync(directory)).not.toContain("report.html");
  expect(readdirSync(directory)).not.toContain("junit.xml");
});

test("a directory in the place of a verdict is named, and no other file of an earlier judging stays", async () => {
  const directory = await judgedBefore();
  remove(join(directory, "history"));
  remove(join(directory, "verdict.json"));
  mkdirSync(join(directory, "verdict.json"));
  const refused = await judgeRun(directory).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RollproofError);
  expect(refused).toMatchObject({
    code: "file-refused",
    message: `${join(directory, "verdict.json")} is a directory.`,
  });
  for (const name of ["summary.json", "report.html", "junit.xml"]) expect(readdirSync(directory)).not.toContain(name);
});

test("a link in the place of a verdict is removed, and what it leads to stays as it is", async () => {
  const directory = await judgedBefore();
  const theirs = join(directory, "theirs.json");
  renameSync(join(directory, "verdict.json"), theirs);
  symlinkSync(theirs, join(directory, "verdict.json"));
  remove(join(directory, "history"));
  const before = readFileSync(theirs, "utf8");
  expect((await judgeRun(directory)).outcome).toBe("unknown");
  expect(readFileSync(theirs, "utf8")).toBe(before);
});
