import { printable } from "../base/did-you-mean.ts";
import { canonicalJson } from "../base/json.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { Scenario } from "../model/scenario.ts";
import { makePlan } from "./make-plan.ts";
import type { Misfit } from "./plan-file.ts";

const differencesMax = 8;

/** A plan made again from its scenario and seed, and the places in which the given one differs from it. */
export interface Derivation {
  /** What `makePlan` gives. */
  readonly derived: Plan;
  readonly differences: readonly Misfit[];
}

/**
 * Makes the plan again and compares. `scenario` and `source` say what it is made from: the plan's own scenario unless told
 * otherwise. Throws `usage` for a mutant that the pipeline does not have.
 */
export function derive(
  plan: Plan,
  options: { readonly description: PipelineDescription; readonly scenario?: Scenario; readonly source?: string },
): Derivation {
  const { description, scenario = plan.scenario, source = "the scenario and seed" } = options;
  const derived = makePlan(scenario, { seed: plan.seed, description, mutant: plan.mutant });
  const found: Misfit[] = [];
  // By way of their text, so that a key without a value is no difference.
  compare(parsed(derived), parsed(plan), { path: [], source, found });
  return { derived, differences: found };
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
    found.push({ path, message: `${where}: ${source} give ${given}, the plan has ${has}` });
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

function parsed(plan: Plan): unknown {
  return JSON.parse(canonicalJson(plan));
}
