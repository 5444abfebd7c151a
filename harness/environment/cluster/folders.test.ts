import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { prepareFolders } from "./folders.ts";

test("what an earlier start left of brokers and proxy goes; journals and all else stay", async () => {
  const directory = folder();
  for (const name of ["brokers", "proxy", "journals", "history"]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "file"), "");
  }
  await prepareFolders(directory);
  expect(readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted()).toEqual(
    ["history", "history/file", "journals", "journals/file", "proxy"].toSorted(),
  );
});

test("a run directory that cannot be written is said so", async () => {
  const file = join(folder(), "file");
  writeFileSync(file, "");
  await expect(prepareFolders(file)).rejects.toMatchObject({ code: "environment-unavailable" });
});

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "rollproof-folders-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}
