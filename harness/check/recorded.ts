import { basename } from "node:path";
import { sha256 } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { parsePlan } from "../plan/plan-file.ts";
import type { RunLayout } from "../run/layout.ts";
import { planMisfits } from "../run/plan-misfits.ts";
import { parseRunInfo } from "../run/run-info.ts";
import { readRunText } from "./run-files.ts";

/** What a run directory says about its run besides the history. */
export interface Recorded {
  readonly plan: Plan;
  readonly run: RunInfo;
}

/** plan.json and run.json of a run directory, checked and found to agree. Throws `plan-invalid`, `file-missing` or `file-refused`. */
export function readRecorded(layout: RunLayout): Recorded {
  const remedy = "Name a run directory: it holds plan.json, run.json and history/.";
  const read = (path: string): string => readRunText(layout.directory, basename(path), { remedy });
  const planText = read(layout.plan);
  const plan = parsePlan(planText, layout.plan, planMisfits);
  const run = parseRunInfo(read(layout.runInfo), layout.runInfo);
  if (sha256(planText) !== run.versions.planSha256)
    throw new RollproofError("plan-invalid", `${layout.plan} is not the plan that this run carried out.`, {
      remedy: "It was changed after the run, or run.json was: restore both, or run the plan again.",
    });
  return { plan, run };
}
