import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";
import { proveVerb } from "./verbs/prove.ts";
import { wordsFor } from "./words.ts";

test("prove refuses a number of seeds or a budget that is none", () => {
  const refused =
    (args: readonly string[]): (() => unknown) =>
    () =>
      parseArguments(["prove", ...args]);
  expect(refused(["--seeds", "0"])).toThrow(/^--seeds .*0.* is not a number of seeds/);
  expect(refused(["--seeds", "many"])).toThrow(/^--seeds .*many.* is not a number of seeds/);
  expect(refused(["--budget", "soon"])).toThrow(/^--budget .*soon.* is not a duration/);
  expect(refused(["--mutant", "off-by-one"])).toThrow("`prove` does not take --mutant.");
  expect(parseArguments(["prove", "--seeds", "2", "--budget", "5m"])).toMatchObject({ seeds: 2, budgetMs: 300_000 });
});

test("prove refuses a folder without a planted bug before it starts anything", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "prove-"));
  writeFileSync(join(folder.path, "plain.yaml"), "question: Is it?\npipeline: reference\nfrom: v1\nto: v2\n");
  const args = parseArguments(["prove", "--mutants", folder.path, "--out", join(folder.path, "out")]);
  await expect(proveVerb(args, wordsFor(true), AbortSignal.abort())).rejects.toThrow(
    /No scenario below .* names a mutant/,
  );
});
