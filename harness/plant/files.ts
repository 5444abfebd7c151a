import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson } from "../base/json.ts";
import { readRecorded } from "../check/recorded.ts";
import type { Plan } from "../model/plan.ts";
import type { RunInfo } from "../model/verdict.ts";
import { renderPlan } from "../plan/plan-file.ts";
import { runLayout } from "../run/layout.ts";

/** Why `check` would not judge by these two files beside a run's scenario; null: they can be read and agree. */
export function filesFault(directory: string, plan: Plan, run: RunInfo): readonly string[] | null {
  const layout = runLayout(mkdtempSync(join(tmpdir(), "rollproof-plant-")));
  try {
    mkdirSync(layout.history);
    copyFileSync(runLayout(directory).scenario, layout.scenario);
    writeFileSync(layout.plan, renderPlan(plan));
    writeFileSync(layout.runInfo, canonicalJson(run));
    const { reasons } = readRecorded(layout);
    return reasons;
  } finally {
    rmSync(layout.directory, { recursive: true, force: true });
  }
}
