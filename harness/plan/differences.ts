import { printable } from "../base/did-you-mean.ts";
import { canonicalJson } from "../base/json.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { Scenario } from "../model/scenario.ts";
import { makePlan } from "./make-plan.ts";
import type { Misfit } from "./plan-file.ts";

const differencesMax = 8;

/**
 * Where a plan is not the one that its own scenario and seed give. Throws `usage` for a seed that is none and for a mutant that the
 * pipeline does not have.
 */
export function derivedDifferences(plan: Plan, description: PipelineDescription): readonly Misfit[] {
  const derived = makePlan(plan.scenario, { seed: plan.seed, description, mutant: plan.mutant });
  return differences({ expected: derived, actual: plan, source: "the scenario and seed give", path: [] });
}

/** Where the scenario inside a plan is not the one in a scenario's file; its name is the file's, and not compared. */
export function scenarioDifferences(plan: Plan, written: Scenario): readonly Misfit[] {
  const { scenario } = plan;
  const expected = { ...written, name: scenario.name };
  return differences({ expected, actual: scenario, source: "scenario.yaml has", path: ["scenario"] });
}

interface Compared {
  readonly expected: unknown;
  readonly actual: unknown;
  /** Where the expected value comes from, with its verb. */
  readonly source: string;
  readonly path: Misfit["path"];
}

function differences({ expected, actual, source, path }: Compared): readonly Misfit[] {
  const found: Misfit[] = [];
  // By way of their text, so that a key without a value is no difference.
  compare(JSON.parse(canonicalJson(expected)), JSON.parse(canonicalJson(actual)), { path, source, found });
  return found;
}

interface Comparison {
  readonly path: Misfit["path"];
  readonly source: string;
  readonly found: Misfit[];
}

function compare(expected: unknown, actual: unknown, comparison: Comparison): void {
  const { path, source, found } = comparison;
  if (found.length >= differencesMax) return;
  const say = (given: string, has: string): void => {
    const where = path.length === 0 ? "the plan" : path.join(".");
    found.push({ path, message: `${where}: ${source} ${given}, the plan has ${has}` });
  };
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) say(counted(expected.length), counted(actual.length));
    else for (const [i, one] of expected.entries()) compare(one, actual[i], { ...comparison, path: [...path, i] });
  } else if (isRecord(expected) && isRecord(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)]))
      compare(expected[key], actual[key], { ...comparison, path: [...path, key] });
  } else if (expected !== actual) say(shown(expected), shown(actual));
}

function counted(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}

function shown(value: unknown): string {
  return value === undefined ? "none" : printable(JSON.stringify(value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
