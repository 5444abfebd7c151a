import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { startAudit } from "../audit/audit.ts";
import { sha256 as digestOf } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { canonicalJson } from "../base/json.ts";
import { startChecks } from "../checkers/run.ts";
import { readHistory } from "../history/reader.ts";
import type { CheckpointFile, EvidenceBatch } from "../model/evidence.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { HistoryProblem } from "../model/history.ts";
import type { CheckerContext } from "../model/finding.ts";
import type { PipelineDescription } from "../model/pipeline.ts";
import type { Plan } from "../model/plan.ts";
import type { Verdict } from "../model/verdict.ts";
import { pipelines } from "../pipeline/catalogue.ts";
import { parsePlan } from "../plan/plan-file.ts";
import { nothingPointed, startPointed, type Pointed } from "../summary/pointed.ts";
import { startSummary } from "../summary/summary.ts";
import { startExercised } from "../verdict/exercised.ts";
import { judge } from "../verdict/judge.ts";
import { runLayout, type RunLayout } from "./layout.ts";
import { planMisfits } from "./plan-misfits.ts";
import { loadSpecification, root } from "./provenance.ts";
import { parseRunInfo } from "./run-info.ts";

const checkpointBytesMax = 64 * 1024 * 1024;

/**
 * A recorded run → verdict.json and summary.json; needs neither Kafka nor the pipeline. Reads the history twice: once to
 * judge, once for the records and events that the findings point to.
 */
export async function judgeRun(directory: string): Promise<Verdict> {
  const layout = runLayout(directory);
  const planText = await readText(layout.plan);
  const plan = parsePlan(planText, layout.plan, planMisfits);
  const run = parseRunInfo(await readText(layout.runInfo), layout.runInfo);
  if (digestOf(planText) !== run.versions.planSha256)
    throw new RollproofError("plan-invalid", `${layout.plan} is not the plan that this run carried out.`, {
      remedy: "It was changed after the run, or run.json was: restore both, or run the plan again.",
    });
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
  await writeFile(layout.verdict, `${JSON.stringify(verdict, null, 2)}\n`);
  await writeFile(layout.summary, canonicalJson(summary.finish(pointedAt(layout, context, verdict))));
  return verdict;
}

/** A path as a command at the repository's root takes it: relative inside the repository, absolute elsewhere. */
export function pathFromRoot(path: string): string {
  const absolute = resolve(path);
  const within = relative(root, absolute);
  return isAbsolute(within) || within.split(sep)[0] === ".." ? absolute : within.split(sep).join("/");
}

export function descriptionOf(plan: Plan): PipelineDescription {
  const description = pipelines.get(plan.scenario.pipeline);
  if (description === undefined)
    throw new RollproofError("plan-invalid", `There is no pipeline ${plan.scenario.pipeline}.`, {
      remedy: `Use one of ${[...pipelines.keys()].join(", ")}.`,
    });
  return description;
}

/** The history as the checkers see it: joined by the audit, with the checkpoint files at their place. */
function* evidenceOf(layout: RunLayout, context: CheckerContext): Generator<EvidenceBatch> {
  const { description, specification, plan } = context;
  const audit = startAudit({ description, specification, partitions: plan.scenario.workload.partitions });
  const history = readHistory(layout.history);
  const missing: HistoryProblem[] = [];
  for (const item of history.items()) {
    yield* audit.step(item);
    if (item.kind !== "event" || item.event.kind !== "disk-copied") continue;
    missing.push(...missingFiles(layout, item.event));
    for (const file of checkpointFiles(layout, item.event, description)) yield* audit.checkpoint(file);
  }
  const end = history.end();
  const problems = [...end.problems, ...missing];
  yield* audit.finish({ ...end, complete: end.complete && problems.length === 0, problems });
}

/** Copies of a disk that the history counts and that are not there any more: evidence that is lost. */
function missingFiles(layout: RunLayout, event: HistoryEvent<"disk-copied">): readonly HistoryProblem[] {
  const path = layout.disk(event.member, event.incarnation);
  const there = isMember(event.member) ? filesIn(join(layout.directory, path)) : 0;
  if (there >= event.files) return [];
  return [{ file: path, byte: 0, what: `It holds ${there} of the ${event.files} files copied.`, lost: null }];
}

function filesIn(directory: string): number {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  } catch {
    return 0;
  }
}

/** A member's id becomes part of a path: only what the harness itself would write. */
function isMember(id: string): boolean {
  return /^[a-z]+-\d+$/.test(id);
}

/** The checkpoint files in a member's copied data directory. */
function* checkpointFiles(
  layout: RunLayout,
  event: HistoryEvent<"disk-copied">,
  description: PipelineDescription,
): Generator<CheckpointFile> {
  const { checkpoint } = description;
  const { member, incarnation, seq } = event;
  // The path is computed, not read: an event's own path could lead anywhere.
  const path = layout.disk(member, incarnation);
  const disk = join(layout.directory, path);
  if (checkpoint === null || !isMember(member) || !existsSync(disk)) return;
  for (const name of readdirSync(disk, { recursive: true, encoding: "utf8" }).toSorted()) {
    const task = checkpoint(name);
    if (task === null) continue;
    const bytes = readBounded(join(disk, name));
    if (bytes !== null) yield { member, incarnation, ...task, path: join(path, name), bytes, seq };
  }
}

/** The second reading: what the anomalies and the exercised counts point to. */
function pointedAt(layout: RunLayout, context: CheckerContext, verdict: Verdict): Pointed {
  const refs = [
    ...verdict.anomalies.flatMap(({ evidence, firstBadCommit }) => [
      ...evidence,
      ...(firstBadCommit === null ? [] : [firstBadCommit]),
    ]),
    ...verdict.exercised.flatMap(({ evidence }) => evidence),
  ];
  if (refs.length === 0) return nothingPointed;
  const pointed = startPointed({ ...context, refs });
  for (const batch of evidenceOf(layout, context)) pointed.step(batch);
  return pointed.finish();
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

/** null: too large to be a checkpoint of ours, or gone. */
function readBounded(path: string): Uint8Array | null {
  try {
    const { size } = statSync(path);
    return size <= checkpointBytesMax ? readFileSync(path) : null;
  } catch {
    return null;
  }
}
