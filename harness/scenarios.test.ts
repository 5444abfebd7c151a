import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { mutants } from "../reference-pipeline/mutants/catalogue.ts";
import { canonicalJson } from "./base/json.ts";
import { parsePlan, renderPlan } from "./plan/plan-file.ts";
import { makePlan } from "./plan/make-plan.ts";
import { reference } from "./pipeline/reference.ts";
import { catalogues } from "./run/catalogues.ts";
import { parseScenario } from "./scenario/parse.ts";
import { schemaForScenario } from "./scenario/scenario-schema.ts";

const folder = `${import.meta.dirname}/../scenarios`;
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml"))
  .toSorted();
const textOf = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
const scenarioOf = (file: string) => parseScenario(textOf(file), { ...catalogues, file });

test("the JSON Schema of scenario files is current (npx vitest run harness/scenarios.test.ts -u writes it)", async () => {
  await expect(canonicalJson(schemaForScenario(catalogues))).toMatchFileSnapshot(`${folder}/scenario.schema.json`);
});

describe.each(files)("%s", (file) => {
  test("is a scenario, and a plan of it reads back as it was written", () => {
    const scenario = scenarioOf(file);
    const description = catalogues.pipelines.get(scenario.pipeline) ?? reference;
    const plan = makePlan(scenario, { seed: "1", description });
    expect(renderPlan(parsePlan(renderPlan(plan), "plan.json"))).toBe(renderPlan(plan));
  });

  test("points its editor at the schema, and says its question in a comment first", () => {
    const up = file.includes("/") ? "../" : "./";
    const lines = textOf(file).split("\n");
    expect(lines[0]).toBe(`# yaml-language-server: $schema=${up}scenario.schema.json`);
    expect(lines.slice(1, 4).every((line) => line.startsWith("#"))).toBe(true);
  });
});

test("the default scenario is as large and as rough as promised", () => {
  const { workload, members, brokers, faults, exercised, expect: wanted } = scenarioOf("rolling-upgrade.yaml");
  expect([workload.inputs >= 20_000, workload.partitions >= 6, workload.keys >= 500]).toEqual([true, true, true]);
  expect([members, brokers.map(({ version }) => version), faults.map(({ kind }) => kind).toSorted()]).toEqual([
    3,
    [null, null, null],
    ["crash", "delay", "hold", "pause"],
  ]);
  expect(exercised).toEqual({ mixedVersionCommits: 100, killsWithOpenTransaction: 1, warmRestores: 1, fencings: 1 });
  expect(wanted).toEqual({ verdict: "valid", anomalies: [] });
});

test("every mutant has a scenario, which carries its name and expects it to be caught by what must catch it", () => {
  const planted = files.filter((file) => file.startsWith("mutants/")).map((file) => ({ file, ...scenarioOf(file) }));
  const known = [...catalogues.pipelines.values()].flatMap(({ name, mutants }) =>
    mutants.map((one) => `${name} ${one}`),
  );
  expect(planted.map(({ pipeline, mutant }) => `${pipeline} ${mutant ?? "none"}`).toSorted()).toEqual(known.toSorted());
  for (const { file, name, pipeline, mutant, expect: wanted } of planted)
    expect([name, basename(file, ".yaml"), wanted.verdict, wanted.anomalies.length > 0]).toEqual([
      name,
      `${pipeline === reference.name ? "" : "java-"}${mutant}`,
      "invalid",
      true,
    ]);
  for (const { pipeline, mutant, expect: wanted } of planted.filter((one) => one.pipeline === reference.name)) {
    const { flaggedBy = [] } = mutants.find(({ name }) => name === mutant) ?? {};
    expect([pipeline, mutant, wanted.anomalies.filter((id) => !flaggedBy.includes(id))]).toEqual([
      pipeline,
      mutant,
      [],
    ]);
  }
});

test("the harness knows the reference pipeline's mutants by the names that the pipeline gives them", () => {
  expect(reference.mutants).toEqual(mutants.map(({ name }) => name));
});
