import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beginClock } from "../base/clock.ts";
import { beginAudit } from "../audit/audit.ts";
import { judgeRun } from "../check/judge-run.ts";
import { beginChecks } from "../checkers/run.ts";
import { readHistory } from "../history/reader.ts";
import { openRecorder } from "../history/recorder.ts";
import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext, Finding } from "../model/finding.ts";
import type { HistoryItem } from "../model/history.ts";
import type { Plan } from "../model/plan.ts";
import { parsePlan } from "../plan/plan-file.ts";
import { descriptionOf } from "../run/description-of.ts";
import { runLayout, type RunLayout } from "../run/layout.ts";
import { root } from "../run/provenance.ts";
import { loadSpecification } from "../run/specification/load.ts";
import { longPartitions, writeLongPayments } from "./long-payments.fixture.ts";

/** What one step took. */
export interface Measured {
  readonly records: number;
  /** Of all threads of the process: a busy machine changes it less than the time that passes. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMiB: number;
  readonly said: string;
}

/** Each step does what the one before it does, and more: the differences are what a layer costs. */
export function stepsOf(directory: string): readonly string[] {
  const steps = ["read", "audit", "oracle", "facts", "judge"];
  return existsSync(join(directory, "plan.json")) ? [...steps, "check"] : steps;
}

/** `step` is `name:records`; the records are those of `write`. */
export async function timeStep(step: string, directory: string): Promise<Measured> {
  const [name = "", records = ""] = step.split(":");
  const subject = name === "write" || name === "check" ? null : await subjectIn(directory);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const done = await carryOut(name, { directory, records: Number(records), subject });
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...done,
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now() - began,
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
  };
}

interface Subject {
  readonly context: CheckerContext;
  readonly partitions: number;
  readonly history: string;
}

/** A run directory, or the history of payments that `write` made. */
async function subjectIn(directory: string): Promise<Subject> {
  const isRun = existsSync(join(directory, "plan.json"));
  const layout = runLayout(isRun ? directory : join(root, "harness", "plant", "recorded", "reference"));
  const plan = planOf(layout, isRun);
  const description = descriptionOf(plan);
  const path = description.specificationPath;
  const specification = path === null ? null : (await loadSpecification(join(root, path))).specification;
  return {
    context: { plan, description, specification, hostFactor: 1 },
    partitions: plan.scenario.workload.partitions,
    history: isRun ? layout.history : directory,
  };
}

function planOf(layout: RunLayout, isRun: boolean): Plan {
  const plan = parsePlan(readFileSync(layout.plan, "utf8"), layout.plan);
  if (isRun) return plan;
  const { scenario } = plan;
  return { ...plan, scenario: { ...scenario, workload: { ...scenario.workload, partitions: longPartitions } } };
}

interface Job {
  readonly directory: string;
  readonly records: number;
  readonly subject: Subject | null;
}

async function carryOut(
  name: string,
  { directory, records, subject }: Job,
): Promise<Pick<Measured, "records" | "said">> {
  if (name === "write") {
    const recorder = await openRecorder(directory, beginClock());
    const written = writeLongPayments(recorder, records);
    await recorder.close();
    return { ...written, said: "" };
  }
  if (subject === null) {
    const { headline } = await judgeRun(directory);
    return { records: readThrough(runLayout(directory).history, () => undefined), said: headline };
  }
  if (name === "read") return { records: readThrough(subject.history, () => undefined), said: "" };
  return audited(name, subject);
}

/** Gives the number of records. */
function readThrough(history: string, visit: (item: HistoryItem) => void): number {
  let records = 0;
  for (const item of readHistory(history).items()) {
    if (item.kind === "frame") records += item.batch.count;
    visit(item);
  }
  return records;
}

function audited(name: string, { context, partitions, history }: Subject): Pick<Measured, "records" | "said"> {
  const { description } = context;
  const specification = name === "audit" ? null : context.specification;
  const audit = beginAudit({ description, specification, partitions });
  const checks = name === "judge" ? beginChecks(context) : name === "facts" ? beginChecks(context, []) : null;
  const take = (batches: readonly EvidenceBatch[]): void => {
    if (checks !== null) for (const batch of batches) checks.step(batch);
  };
  const records = readThrough(history, (item) => take(audit.step(item)));
  take(audit.finish({ complete: true, problems: [] }));
  return { records, said: checks === null ? "" : toldBy(checks.finish()) };
}

/** `valid EO1 EO2 …, idle CK1`: HZ1 and the like want events that a generated history lacks. */
function toldBy(findings: readonly Finding[]): string {
  const byOutcome = Map.groupBy(findings, ({ outcome }) => outcome);
  return [...byOutcome]
    .map(([outcome, all]) => `${outcome} ${all.map(({ invariant }) => invariant).join(" ")}`)
    .join(", ");
}
