import { sentence } from "../base/sentence.ts";
import { join, resolve } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { plannedRecords } from "../base/planned-records.ts";
import { beginIdentity } from "../checkers/identity/identity.ts";
import { beginChecks } from "../checkers/run.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { PipelineDescription, Specification } from "../model/pipeline.ts";
import type { RunInfo, Verdict } from "../model/verdict.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { pathFromRoot, root } from "../run/provenance.ts";
import { loadSpecification } from "../run/specification/load.ts";
import { beginSummary } from "../summary/summary.ts";
import { beginExercised } from "../verdict/exercised.ts";
import { judge } from "../verdict/judge.ts";
import { evidenceOf, pointedAt } from "./evidence.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { clearJudged, unjudged, writeJudged, type Judged } from "./judged-files.ts";
import { memberFolders } from "./member-folders.ts";
import { readRecorded, type Recorded } from "./recorded.ts";
import { watchedSpecification } from "./watched-specification.ts";

export interface JudgeHereOptions {
  /** A specification's file in place of the recorded one; null: the recorded one. */
  readonly specification: string | null;
  /** Called before the specification is, with the stages that it will be asked about. */
  readonly watch: (stages: readonly string[]) => Promise<Heartbeat>;
}

/** Judges a recorded run in this process, which the specification may block or exhaust: judgeRun does it in another one. */
export async function judgeHere(directory: string, options: JudgeHereOptions): Promise<void> {
  const layout = runLayout(directory);
  const recorded = readRecorded(layout);
  const judged =
    recorded.reasons === null ? await judgeReadable(layout, recorded, options) : unjudged(layout, recorded);
  await writeJudged(layout, judged);
}

type Readable = Extract<Recorded, { readonly reasons: null }>;

async function judgeReadable(layout: RunLayout, recorded: Readable, options: JudgeHereOptions): Promise<Judged> {
  const description = descriptionOf(recorded.plan);
  const oracle = await oracleOf(description, recorded.run, options);
  clearJudged(layout);
  try {
    const judged = judgeRecorded(layout, recorded, oracle);
    const late = oracle.lateImports();
    if (late.length === 0) return judged;
    const why = `The specification loaded ${late.join(", ")} after its import, so that its digest does not cover it. Import it at the top.`;
    return unjudged(layout, { ...recorded, reasons: [why] });
  } catch (error) {
    const why = whyNotJudged(error);
    if (why === null) throw error;
    return unjudged(layout, { ...recorded, reasons: [why] });
  }
}

interface Oracle {
  readonly specification: Specification | null;
  readonly judgedBy: Verdict["judgedBy"];
  readonly lateImports: () => readonly string[];
}

/** The specification to judge by. Throws `specification-changed` for one that is not the recorded one and was not asked for. */
async function oracleOf(
  { specificationPath, stages }: PipelineDescription,
  { versions }: RunInfo,
  { specification, watch }: JudgeHereOptions,
): Promise<Oracle> {
  const known = specificationPath === null ? null : join(root, specificationPath);
  const file = specification === null ? known : resolve(specification);
  if (file === null) return { specification: null, judgedBy: null, lateImports: () => [] };
  const heartbeat = await watch(stages.map(({ name }) => name));
  heartbeat.enter("import", { stage: "", partition: -1, offset: -1 });
  const loaded = await loadSpecification(file).finally(() => heartbeat.leave());
  const path = pathFromRoot(file);
  const isRecorded = loaded.sha256 === versions.specificationSha256;
  if (!isRecorded && specification === null)
    throw new RollproofError("specification-changed", "The specification has changed since this run was recorded.", {
      remedy: `An earlier verdict is left as it is. Judge by the present one: \`rollproof check --specification ${path} <run dir>\`. Or restore the recorded one.`,
    });
  return {
    specification: watchedSpecification(loaded.specification, heartbeat),
    judgedBy: isRecorded ? null : { path, sha256: loaded.sha256 },
    lateImports: loaded.lateImports,
  };
}

/** Reads the history twice: once to judge, once for the records and events that the findings point to. */
function judgeRecorded(layout: RunLayout, { plan, run }: Readable, { specification, judgedBy }: Oracle): Judged {
  const description = descriptionOf(plan);
  const context: CheckerContext = { plan, description, specification, hostFactor: run.hostFactor };
  const planned = plannedRecords(description, plan.seed, plan.scenario.workload);
  const identity = beginIdentity({ plan, run, planned, folders: memberFolders(layout.directory) });
  const checks = beginChecks(context);
  const exercised = beginExercised({ plan, description });
  const summary = beginSummary({ plan, description });
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
    judgedBy,
    mixed: identity.finish(),
    planPath: pathFromRoot(layout.plan),
  });
  return { verdict, summary: summary.finish(pointedAt(layout, context, verdict)) };
}

/** An end of the judging that leaves the verdict unknown; null: a defect of ours. */
function whyNotJudged(error: unknown): string | null {
  if (error instanceof RollproofError) return `${error.message} ${error.remedy}`;
  const isExhausted =
    error instanceof RangeError &&
    /maximum size|allocation failed|Invalid (?:string|array) length/i.test(error.message);
  return isExhausted ? sentence(`Judging needs more than this program can hold in one piece: ${error.message}`) : null;
}
