import { mkdtempSync, rmSync, writeFileSync, cpSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RollproofError } from "../../base/errors.ts";
import { specificationDigest } from "./digest.ts";

/** A folder with a specification that imports a file, which requires another one. */
function scene(): string {
  const folder = mkdtempSync(join(tmpdir(), "rollproof-specification-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = join(folder, "own");
  mkdirSync(own);
  writeFileSync(join(own, "deeper.cjs"), "module.exports = 1;");
  writeFileSync(join(own, "asks.cjs"), 'require("fs/promises"); require("node:child_process");');
  writeFileSync(
    join(own, "stages.ts"),
    'import { createRequire } from "node:module";\nexport const stages: object = { n: createRequire(import.meta.url)("./deeper.cjs") };',
  );
  writeFileSync(
    join(own, "specification.ts"),
    'const { stages } = await import(["./stages", "ts"].join("."));\nexport const specification = { stages };',
  );
  return own;
}

test("a specification's digest covers what it imports, by whatever way, and not where it lies or its name", async () => {
  const own = scene();
  const file = join(own, "specification.ts");
  const digest = await specificationDigest(file);
  const other = join(own, "..", "other");
  cpSync(own, other, { recursive: true });
  cpSync(join(other, "specification.ts"), join(other, "renamed.ts"));
  expect(await specificationDigest(join(other, "renamed.ts"))).toBe(digest);
  writeFileSync(join(own, "deeper.cjs"), "module.exports = 2;");
  expect(await specificationDigest(file)).not.toBe(digest);
});

test.each([
  ["has a mistake", "export const specification = ", "cannot be imported"],
  ["exports no specification", "export const stages = {};", "does not export `specification`"],
  ["ends the process", "process.exit(0);", "ended its process (0)"],
  [
    "reads files",
    'import { readFileSync } from "fs";\nexport const specification = { stages: { n: readFileSync } };',
    "imports node:fs: its digest cannot cover",
  ],
  [
    "lets a module of its own ask others",
    'import "./asks.cjs";\nexport const specification = { stages: {} };',
    "imports node:child_process, node:fs/promises: its digest cannot cover",
  ],
])("a specification that %s has no digest, and the error says so", async (_, text, words) => {
  const file = join(scene(), "bad.ts");
  writeFileSync(file, text);
  const error: unknown = await specificationDigest(file).catch((thrown: unknown) => thrown);
  if (!(error instanceof RollproofError)) throw new Error("No error was thrown.");
  expect(error.code).toBe("specification-invalid");
  expect(error.message).toContain(words);
});
