import { readFile } from "node:fs/promises";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { parsePlan } from "../plan/plan-file.ts";
import type { RunLayout } from "../run/layout.ts";
import { planMisfits } from "../run/plan-misfits.ts";
import { parseRunInfo } from "../run/run-info.ts";

/** What a run directory says about its run besides the history. */
export interface Recorded {
  readonly plan: Plan;
  readonly run: RunInfo;
}

/** plan.json and run.json of a run directory, checked and found to agree. Throws `plan-invalid` or `file-missing`. */
export async function readRecorded(layout: RunLayout): Promise<Recorded> {
  const planText = await readText(layout.plan);
  const plan = parsePlan(planText, layout.plan, planMisfits);
  const run = parseRunInfo(await readText(layout.runInfo), layout.runInfo);
  if (sha256(planText) !== run.versions.planSha256)
    throw new RollproofError("plan-invalid", `${layout.plan} is not the plan that this run carried out.`, {
      remedy: "It was changed after the run, or run.json was: restore both, or run the plan again.",
    });
  return { plan, run };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new RollproofError("file-missing", `${path} cannot be read.`, {
      remedy: "Name a run directory: it holds plan.json, run.json and history/.",
      cause,
    });
  }
}
