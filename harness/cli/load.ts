import { randomBytes } from "node:crypto";
import { RollproofError } from "../base/errors.ts";
import { readNamed } from "../base/own-files.ts";
import type { Plan } from "../model/plan.ts";
import type { Scenario } from "../model/scenario.ts";
import { makePlan } from "../plan/make-plan.ts";
import { parsePlan } from "../plan/plan-file.ts";
import { drawSeed, parseSeed } from "../plan/seed.ts";
import { catalogues } from "../run/catalogues.ts";
import { formatMisfits } from "../run/formats.ts";
import { planMisfits } from "../run/plan-misfits.ts";
import { parseScenario } from "../scenario/parse.ts";
import type { Arguments } from "./arguments.ts";

const fileBytesMax = 16 * 1024 * 1024;

/** A plan about to be run, and the scenario's text as the person wrote it. */
export interface Loaded {
  readonly name: string;
  readonly plan: Plan;
  readonly scenarioText: string | null;
}

/** The seed of the command line, or a drawn one. */
export function seedOf(args: Arguments): string {
  return args.seed === null ? drawSeed(randomBytes(8)) : parseSeed(args.seed);
}

/** Reads and checks every scenario before any is run. */
export async function loadScenarios(args: Arguments, seed: string): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = [];
  for (const file of args.positionals) {
    const scenarioText = readText(file, "a scenario");
    const scenario = parseScenario(scenarioText, { ...catalogues, file });
    const plan = planOf(scenario, args, seed);
    loaded.push({ name: scenario.name, plan, scenarioText });
  }
  return loaded;
}

/** A plan.json to run again. */
export async function loadPlan(file: string): Promise<Loaded> {
  const plan = parsePlan(readText(file, "a plan"), file, (read) => {
    const misfits = planMisfits(read);
    return misfits.length > 0 ? misfits : formatMisfits(read);
  });
  return { name: plan.scenario.name, plan, scenarioText: null };
}

function planOf(scenario: Scenario, args: Arguments, seed: string): Plan {
  const description = catalogues.pipelines.get(scenario.pipeline);
  if (description === undefined)
    throw new RollproofError("scenario-invalid", `There is no pipeline ${scenario.pipeline}.`, {
      remedy: `Use one of ${[...catalogues.pipelines.keys()].join(", ")}.`,
    });
  const mutant = args.mutant === null ? undefined : args.mutant === "none" ? null : args.mutant;
  return makePlan(scenario, { seed, description, mutant });
}

function readText(file: string, what: string): string {
  const read = readNamed(file, fileBytesMax);
  if (!("refused" in read)) return Buffer.from(read).toString("utf8");
  throw new RollproofError(
    read.missing ? "file-missing" : "file-refused",
    `${file} cannot be read as ${what}: it ${read.refused}.`,
    {
      remedy: `Give ${what} as a regular file. \`npm run -s rollproof -- list\` shows the scenarios there are.`,
    },
  );
}
