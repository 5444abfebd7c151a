import { copyFile, mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rollproof, scratch } from "./spawned.fixture.ts";

test("a proof whose budget is used up goes on where it was, and is proven when bug and control went as they should", async () => {
  await using folder = await scratch();
  const scenarios = join(folder.path, "scenarios");
  await mkdir(scenarios);
  await copyFile("scenarios/mutants/off-by-one.yaml", join(scenarios, "off-by-one.yaml"));
  const out = join(folder.path, "proof");
  const prove = async (...more: readonly string[]): Promise<number> =>
    await rollproof([
      "prove",
      "--mutants",
      scenarios,
      "--seeds",
      "1",
      "--environment",
      "process",
      "--out",
      out,
      ...more,
    ]).exit;
  const results = async (): Promise<readonly string[]> =>
    (await readFile(join(out, "results.jsonl"), "utf8")).trimEnd().split("\n");

  expect(await prove("--budget", "1s")).toBe(2);
  expect(await results()).toHaveLength(1);
  expect(await prove()).toBe(0);
  expect((await results()).map((line) => /"outcome":"(\w+)"/.exec(line)?.[1])).toEqual(["invalid", "valid"]);
  const score: unknown = JSON.parse(await readFile(join(out, "score.json"), "utf8"));
  expect(score).toMatchObject({
    mutants: [{ mutant: "off-by-one", runs: { killed: 1, misnamed: 0, survived: 0, "need-not-met": 0 }, notRun: 0 }],
    controls: { valid: 1, unknown: 0, notRun: 0, falseAlarms: [] },
    totals: { foundOfExercised: 1, rightlyNamedOfFound: 1, falseAlarmsPerThousand: 0 },
  });
  expect(await readdir(join(out, "runs"))).toEqual([]);
});
