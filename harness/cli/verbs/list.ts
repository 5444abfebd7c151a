import { glob, readFile } from "node:fs/promises";
import { relative } from "node:path";
import { exitCodes } from "../../base/errors.ts";
import { checkers } from "../../checkers/all.ts";
import { declaredLines } from "../../preflight/matrix.ts";
import { strategies } from "../../model/scenario.ts";
import { gates as allGates } from "../../upgrade/gates/catalogue.ts";
import { brokenPipelines } from "../../pipeline/catalogue.ts";
import { catalogues } from "../../run/catalogues.ts";
import { root } from "../../run/provenance.ts";
import { parseScenario } from "../../scenario/parse.ts";
import type { Words } from "../words.ts";

/** `list`: what can be named. */
export async function listVerb(words: Words): Promise<number> {
  const scenarios = await scenariosThere();
  const pipelines = [...catalogues.pipelines.values()].map(({ name, versions, formats, mutants, stages }) => ({
    name,
    versions: Object.keys(versions),
    ...(formats === undefined ? {} : { formats }),
    stages: stages.map((stage) => stage.name),
    mutants,
  }));
  const faults = [...catalogues.faults.values()].map(({ kind, takes }) => ({ kind, takes }));
  const invariants = checkers.map(({ id, name }) => ({ id, name }));
  const gates = Object.values(allGates).map(({ name, says }) => ({ name, says }));
  words.json({ scenarios, pipelines, strategies, gates, faults, invariants });
  words.say("Scenarios");
  for (const { file, question } of scenarios) words.say(`  ${file}\n      ${question}`);
  words.say("\nPipelines");
  for (const { name, versions, formats, stages, mutants } of pipelines) {
    words.say(
      `  ${name}: versions ${versions.join(", ")}; stages ${stages.join(", ")}\n      mutants: ${mutants.join(", ") || "none"}`,
    );
    if (formats === undefined) words.say("      formats: not declared");
    else for (const line of declaredLines(formats, versions)) words.say(`      formats of ${line}`);
  }
  for (const [name, { message }] of brokenPipelines) words.say(`  ${name}: cannot be used. ${message}`);
  words.say(`\nStrategies\n  ${strategies.join(", ")}`);
  words.say("\nGates");
  for (const { name, says } of gates) words.say(`  ${name.padEnd(18)} ${says}`);
  words.say("\nFaults");
  for (const { kind, takes } of faults) words.say(`  ${kind.padEnd(8)} of a ${takes}`);
  words.say("\nInvariants");
  for (const { id, name } of invariants) words.say(`  ${id.padEnd(4)} ${name}`);
  return exitCodes.valid;
}

async function scenariosThere(): Promise<readonly { readonly file: string; readonly question: string }[]> {
  const found: { file: string; question: string }[] = [];
  for await (const path of glob(`${root}scenarios/**/*.yaml`)) {
    const file = relative(root, path);
    found.push({ file, question: questionOf(await readFile(path, "utf8"), file) });
  }
  return found.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

function questionOf(text: string, file: string): string {
  try {
    return parseScenario(text, { ...catalogues, file })
      .question.trim()
      .replaceAll(/\s+/g, " ");
  } catch {
    return "(not a valid scenario: run it to see why)";
  }
}
