import { basename } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { replaceOwn } from "../base/own-files.ts";
import { plannedRecords } from "../base/planned-records.ts";
import { startIdentity } from "../checkers/identity/identity.ts";
import { startChecks } from "../checkers/run.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { RunSummary } from "../model/summary.ts";
import type { Verdict } from "../model/verdict.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { loadSpecification, pathFromRoot } from "../run/provenance.ts";
import { emptySummary } from "../summary/empty.ts";
import { startSummary } from "../summary/summary.ts";
import { startExercised } from "../verdict/exercised.ts";
import { judge } from "../verdict/judge.ts";
import { unknownVerdict } from "../verdict/unknown.ts";
import { evidenceOf, pointedAt } from "./evidence.ts";
import { memberFolders } from "./member-folders.ts";
import { readRecorded, type Recorded } from "./recorded.ts";

interface Judged {
  readonly verdict: Verdict;
  readonly summary: RunSummary;
}

/**
 * A recorded run → verdict.json and summary.json; needs neither Kafka nor the pipeline. Throws when the directory holds no run;
 * a run that cannot be judged is unknown.
 */
export async function judgeRun(directory: string): Promise<Verdict> {
  const layout = runLayout(directory);
  const recorded = readRecorded(layout);
  const planPath = pathFromRoot(layout.plan);
  const { verdict, summary } =
    recorded.reasons === null
      ? await judgeRecorded(layout, recorded)
      : {
          verdict: unknownVerdict({ ...recorded, planPath }),
          summary: emptySummary(recorded.run?.runId ?? ""),
        };
  // In the order of the type, so that a person who opens the file meets the outcome first.
  await replaceOwn(directory, basename(layout.verdict), `${JSON.stringify(verdict, null, 2)}\n`);
  await replaceOwn(directory, basename(layout.summary), canonicalJson(summary));
  return verdict;
}

/** Reads the history twice: once to judge, once for the records and events that the findings point to. */
async function judgeRecorded(
  layout: RunLayout,
  { plan, run }: Extract<Recorded, { readonly reasons: null }>,
): Promise<Judged> {
  const description = descriptionOf(plan);
  const { specification, sha256 } = await loadSpecification(description.specificationPath);
  if (sha256 !== run.versions.specificationSha256)
    throw new RollproofError("plan-invalid", "The specification has changed since this run was recorded.", {
      remedy: "Check out the version of rollproof that recorded it, or run the plan again.",
    });
  const context: CheckerContext = { plan, description, specification, hostFactor: run.hostFactor };
  const planned = plannedRecords(description.workload, plan.seed, plan.scenario.workload);
  const identity = startIdentity({ plan, run, planned, folders: memberFolders(layout.directory) });
  const checks = startChecks(context);
  const exercised = startExercised({ plan, description });
  const summary = startSummary({ plan, description });
  for (const batch of evidenceOf(layout, context, { disks: true })) {
    identity.step(batch);
    checks.step(batch);
    exercised.step(batch);
    summary.step(batch);
  }
  const verdict = judge({
    plan,
    description,
    findings: checks.finish(),
    exercised: exercised.finish(),
    run,
    mixed: identity.finish(),
    planPath: pathFromRoot(layout.plan),
  });
  return { verdict, summary: summary.finish(pointedAt(layout, context, verdict)) };
}
