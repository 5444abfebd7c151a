import { sentence } from "../base/sentence.ts";
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { fileRefused, isOwnDirectory, sortAt } from "../base/own-files.ts";
import { canonicalJson } from "../base/json.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { scenarioDifferences } from "../plan/differences.ts";
import { parsePlan, renderPlan } from "../plan/plan-file.ts";
import { catalogues } from "../run/catalogues.ts";
import { isRunId, type RunLayout } from "../run/layout.ts";
import { planMisfits } from "../run/plan-misfits.ts";
import { parseRunInfo } from "../run/run-info.ts";
import { parseScenario } from "../scenario/parse.ts";
import { holdsRun, readRunText } from "./run-files.ts";

/** What a run directory says about its run besides the history. */
export type Recorded =
  | { readonly plan: Plan; readonly run: RunInfo; readonly reasons: null }
  /** `reasons`: why it cannot be judged. */
  | { readonly plan: Plan | null; readonly run: RunInfo | null; readonly reasons: readonly string[] };

/**
 * plan.json, run.json and scenario.yaml of a run directory: whether they can be read and agree, and whether there is a history.
 * Throws the error instead of giving its reason when the directory holds no run: it was named by mistake.
 */
export function readRecorded(layout: RunLayout): Recorded {
  const plan = attempt(() => {
    const text = readText(layout, layout.plan);
    return { text, plan: parsePlan(text, layout.plan) };
  });
  const run = attempt(() => readRunInfo(layout));
  const faults = [plan, run].flatMap((read) => (read instanceof RollproofError ? [read] : []));
  if (!(plan instanceof RollproofError) && !(run instanceof RollproofError)) {
    const found = attempt(() => [
      ...disagreements({ ...plan, run, layout }),
      ...scenarioDisagreements(plan.plan, layout),
    ]);
    faults.push(...(found instanceof RollproofError ? [found] : found));
  }
  // Before the specification is: whether that is the recorded one matters only where there is something to judge.
  const history = sortAt(layout.history);
  if (history === null && holdsRun(layout))
    faults.push(new RollproofError("file-missing", `There is no history in ${layout.directory}.`, { remedy: restore }));
  if (history !== null && !isOwnDirectory(layout.history)) faults.push(fileRefused(layout.history, history));
  const [first] = faults;
  if (first !== undefined && !holdsRun(layout)) throw first;
  const known = {
    plan: plan instanceof RollproofError ? null : plan.plan,
    run: run instanceof RollproofError ? null : run,
  };
  if (known.plan !== null && known.run !== null && first === undefined)
    return { plan: known.plan, run: known.run, reasons: null };
  return { ...known, reasons: faults.map(({ message }) => `${oneLine(message)} ${restore}`) };
}

interface Read {
  readonly text: string;
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly layout: RunLayout;
}

/** Where plan.json is not the plan that its scenario and seed give, or not the one that run.json names. */
function disagreements({ text, plan, run, layout }: Read): readonly RollproofError[] {
  const found = planMisfits(plan).map(({ message }) => unlike(layout.plan, message));
  if (found.length === 0 && renderPlan(plan) !== text)
    found.push(unlike(layout.plan, "it holds more than the plan, or is not written as rollproof writes it"));
  if (sha256(text) !== run.versions.planSha256)
    found.push(
      new RollproofError("plan-invalid", `${layout.plan} is not the plan that this run carried out.`, {
        remedy: "It was changed after the run, or run.json was: restore both, or run the plan again.",
      }),
    );
  const folder = basename(resolve(layout.directory));
  if (isRunId(folder) && folder !== run.runId)
    found.push(
      new RollproofError("plan-invalid", `The run directory is named ${folder}; run.json is of run ${run.runId}.`, {
        remedy: restore,
      }),
    );
  return found;
}

/** Where scenario.yaml, when it is there, is not the plan's scenario. */
function scenarioDisagreements(plan: Plan, layout: RunLayout): readonly RollproofError[] {
  if (!existsSync(layout.scenario)) return [];
  const written = parseScenario(readText(layout, layout.scenario), { ...catalogues, file: layout.scenario });
  return scenarioDifferences(plan, written).map(({ message }) => unlike(layout.plan, message));
}

/** Throws where it is not written as rollproof writes it, too: what a reader passes over may be a flipped bit in a name. */
function readRunInfo(layout: RunLayout): RunInfo {
  const text = readText(layout, layout.runInfo);
  const run = parseRunInfo(text, layout.runInfo);
  if (canonicalJson(run) !== text) throw unlike(layout.runInfo, "it is not written as rollproof writes it");
  return run;
}

function unlike(path: string, what: string): RollproofError {
  return new RollproofError("plan-invalid", sentence(`${path} is not as rollproof made it: ${what}`), {
    remedy: restore,
  });
}

const restore = "Restore the files of one run, or run its scenario again.";

function attempt<T>(work: () => T): T | RollproofError {
  try {
    return work();
  } catch (error) {
    if (error instanceof RollproofError) return error;
    throw error;
  }
}

function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, " ");
}

function readText(layout: RunLayout, path: string): string {
  return readRunText(layout.directory, basename(path), {
    remedy: "Name a run directory: it holds plan.json, run.json and history/.",
  });
}
