import { basename } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { replaceOwn } from "../base/own-files.ts";
import { startChecks } from "../checkers/run.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout } from "../run/layout.ts";
import { loadSpecification, pathFromRoot } from "../run/provenance.ts";
import { startSummary } from "../summary/summary.ts";
import { startExercised } from "../verdict/exercised.ts";
import { judge } from "../verdict/judge.ts";
import { evidenceOf, pointedAt } from "./evidence.ts";
import { readRecorded } from "./recorded.ts";

/**
 * A recorded run → verdict.json and summary.json; needs neither Kafka nor the pipeline. Reads the history twice: once to
 * judge, once for the records and events that the findings point to.
 */
export async function judgeRun(directory: string): Promise<Verdict> {
  const layout = runLayout(directory);
  const { plan, run } = readRecorded(layout);
  const description = descriptionOf(plan);
  const { specification, sha256 } = await loadSpecification(description.specificationPath);
  if (sha256 !== run.versions.specificationSha256)
    throw new RollproofError("plan-invalid", "The specification has changed since this run was recorded.", {
      remedy: "Check out the version of rollproof that recorded it, or run the plan again.",
    });
  const context: CheckerContext = { plan, description, specification, hostFactor: run.hostFactor };
  const checks = startChecks(context);
  const exercised = startExercised({ plan, description });
  const summary = startSummary({ plan, description });
  for (const batch of evidenceOf(layout, context)) {
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
    planPath: pathFromRoot(layout.plan),
  });
  // In the order of the type, so that a person who opens the file meets the outcome first.
  await replaceOwn(directory, basename(layout.verdict), `${JSON.stringify(verdict, null, 2)}\n`);
  await replaceOwn(
    directory,
    basename(layout.summary),
    canonicalJson(summary.finish(pointedAt(layout, context, verdict))),
  );
  return verdict;
}
