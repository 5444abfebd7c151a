import { expect, test } from "vitest";
import { makePlan } from "../plan/make-plan.ts";
import { reference } from "../pipeline/reference.ts";
import { catalogues } from "./catalogues.ts";
import { parseScenario } from "../scenario/parse.ts";
import { formatLines } from "./formats.ts";
import { refuseRefuted, refutedLines, trySamples } from "./samples.ts";
import { sampleProcess } from "./samples-process.ts";

const scenario = parseScenario("question: Does it hold?\npipeline: reference\nfrom: v1\nto: v2\n", {
  ...catalogues,
  file: "try.yaml",
});
const planOf = (mutant: string | null) => makePlan(scenario, { seed: "1", description: reference, mutant });

test("the reference pipeline's versions do what they declare, by their own programs", async () => {
  const plan = planOf(null);
  const tried = await trySamples(plan);
  expect(refutedLines(tried)).toEqual([]);
  expect(() => refuseRefuted(plan, tried)).not.toThrow();
  const lines = formatLines(plan, tried);
  expect(lines[0]).toContain("tried with samples of both versions");
  expect(lines.find((line) => line.startsWith("state"))).toMatch(/v2 reads v1, v1 reads v2; 28 samples read$/u);
  expect(lines.find((line) => line.startsWith("output"))).toMatch(/no samples$/u);
});

test.each([
  ["silent-format-change", /state: v2 read state of a-1 of v1 as .*, and it means/u],
  ["eager-new-format", /repartition: v2 wrote payment p-1 in format 2 before finalise and declares 1/u],
])("%s is refused before anything starts, and its lines say why", async (mutant, why) => {
  const plan = planOf(mutant);
  const tried = await trySamples(plan);
  expect(() => refuseRefuted(plan, tried)).toThrow(why);
  expect(formatLines(plan, tried).join("\n")).toMatch(new RegExp(`NOT SO: ${why.source}`, "u"));
});

test.each([
  ["does not exist", ["no-such-program-here"], /ENOENT/u],
  ["fails", ["node", "-e", "console.error('no codec'); process.exit(3)"], /it ended with exit code 3; no codec/u],
  [
    "prints without end",
    ["node", "-e", "const s = 'x'.repeat(1e6), f = () => process.stdout.write(s, f); f()"],
    /more than 8388608 bytes/u,
  ],
])("a program that %s shows nothing, and says why", async (_, argv, why) => {
  expect(await sampleProcess(argv, "", process.cwd())).toEqual({ why: expect.stringMatching(why) });
});

test("what a program is given it can answer to", async () => {
  expect(await sampleProcess(["node", "-e", "process.stdin.pipe(process.stdout)"], "one\n", process.cwd())).toEqual({
    stdout: "one\n",
  });
});
