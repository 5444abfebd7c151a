import { RollproofError } from "../base/errors.ts";
import { problemsOf, valueIn } from "../base/schema-problems.ts";
import { isProblems, readSourceText, renderProblems, type Problem, type SourceText } from "../base/source-text.ts";
import type { AvailabilitySpec, FaultSpec, Range, Scenario, Trigger } from "../model/scenario.ts";
import { z } from "zod";
import { brokersOf, featuresOf } from "./brokers.ts";
import type { Catalogues } from "./catalogues.ts";
import { exercisedOf } from "./exercised.ts";
import { scenarioWords } from "./issues.ts";
import { nameProblems, type Readable } from "./names.ts";
import { readParams } from "./params.ts";
import { upgradeOf } from "./upgrade.ts";
import { faultShape, scenarioSchema, scenarioShape, type FaultFile, type ScenarioFile } from "./schema.ts";

/**
 * A scenario file's text, checked. `file` is how messages name it; the scenario's name is its last part without `.yaml`.
 * Throws `scenario-invalid` with every problem at once, each with line and column.
 */
export function parseScenario(text: string, { file, ...catalogues }: Catalogues & { readonly file: string }): Scenario {
  const source = readSourceText(text);
  if (isProblems(source)) throw invalid(file, source);
  const read = scenarioSchema.safeParse(source.value);
  const problems = [
    ...(read.success ? [] : problemsOf(read.error.issues, source, scenarioWords)),
    ...nameProblems(read.success ? read.data : readable(source), catalogues, source),
  ];
  if (!read.success || problems.length > 0) throw invalid(file, problems);
  return scenarioOf(nameOf(file), read.data, catalogues);
}

function invalid(file: string, problems: readonly Problem[]): RollproofError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new RollproofError("scenario-invalid", `The scenario has ${count}:\n${renderProblems(file, problems)}`, {
    remedy: "Mend the lines named; docs/writing-a-scenario.md lists every key and its form.",
  });
}

function nameOf(file: string): string {
  return (file.split(/[/\\]/u).at(-1) ?? file).replace(/\.ya?ml$/u, "");
}

/** What of a file with mistakes can still be checked. */
function readable({ value }: SourceText): Readable {
  const read = <T>(key: string, schema: z.ZodType<T>): T | undefined => schema.safeParse(valueIn(value, [key])).data;
  const faults = valueIn(value, ["faults"]);
  return {
    pipeline: read("pipeline", scenarioShape.pipeline),
    from: read("from", scenarioShape.from),
    to: read("to", scenarioShape.to),
    mutant: read("mutant", scenarioShape.mutant),
    guarantee: read("guarantee", scenarioShape.guarantee),
    members: read("members", scenarioShape.members),
    brokers: read("brokers", scenarioShape.brokers),
    images: read("images", scenarioShape.images),
    workload: read("workload", scenarioShape.workload),
    upgrade: read("upgrade", scenarioShape.upgrade),
    gates: read("gates", scenarioShape.gates),
    exercised: read("exercised", scenarioShape.exercised),
    expect: read("expect", scenarioShape.expect),
    faults: Array.isArray(faults) ? faults.map((one) => z.strictObject(faultShape).safeParse(one).data ?? null) : [],
  };
}

function scenarioOf(name: string, file: ScenarioFile, catalogues: Catalogues): Scenario {
  const { workload, upgrade, gates } = file;
  const features = featuresOf(file.brokers);
  return {
    name,
    question: file.question,
    pipeline: file.pipeline,
    from: file.from,
    to: file.to,
    profile: file.profile,
    members: file.members,
    brokers: brokersOf(file.brokers),
    ...(features === undefined ? {} : { features }),
    ...(file.images === undefined ? {} : { images: file.images }),
    workload: {
      inputs: workload.inputs,
      partitions: workload.partitions,
      keys: workload.keys,
      duplicatesPercent: workload.duplicates,
      outOfOrderPercent: workload["out-of-order"],
      latePercent: workload.late,
      hotKeysPercent: workload["hot-keys"],
      ...(workload["long-windows"] === undefined ? {} : { longWindowsPercent: workload["long-windows"] }),
      paceMs: workload.pace,
    },
    upgrade: upgradeOf(upgrade, file.members),
    faults: file.faults.map((fault) => faultOf(fault, catalogues)),
    mutant: file.mutant === "none" ? null : file.mutant,
    gates: { lagMax: gates["lag-max"], checkpointLagMax: gates["checkpoint-lag-max"], timeoutMs: gates.timeout },
    ...(file.availability === undefined ? {} : { availability: availabilityOf(file.availability) }),
    guarantee: file.guarantee,
    exercised: exercisedOf(file.exercised),
    expect: { verdict: file.expect.verdict, anomalies: file.expect.anomalies },
  };
}

function availabilityOf({
  gap,
  "gap-in": gapIn,
  "rebalances-per-step": rebalances,
  restarts,
}: NonNullable<ScenarioFile["availability"]>): AvailabilitySpec {
  return {
    ...(gap === undefined ? {} : { gapMs: gap }),
    ...(gapIn === undefined ? {} : { gapInMs: gapIn }),
    ...(rebalances === undefined ? {} : { rebalancesPerStep: rebalances }),
    ...(restarts === undefined ? {} : { restarts }),
  };
}

function faultOf(fault: FaultFile, catalogues: Catalogues): FaultSpec<number | Range> {
  const entry = catalogues.faults.get(fault.kind);
  return {
    kind: fault.kind,
    target: fault.target,
    trigger: triggerOf(fault),
    forMs: fault.for,
    params: entry === undefined ? fault.params : readParams(entry, fault.params).params,
  };
}

function recurrence({ occurrence }: { readonly occurrence: "first" | "any" }): { readonly occurrence?: "any" } {
  return occurrence === "any" ? { occurrence } : {};
}

function triggerOf({ at, when }: FaultFile): Trigger<number | Range> {
  if (when === undefined) return { kind: "time", atMs: at ?? 0 };
  if ("progress" in when) return { kind: "progress", commits: when.progress };
  if ("journal" in when) return { kind: "journal", entry: when.journal, act: when.of };
  if ("act" in when) return { kind: "act", act: when.act, delayMs: when.delay, ...recurrence(when) };
  if ("phase" in when)
    return { kind: "phase", member: when.of, phase: when.phase, delayMs: when.delay, ...recurrence(when) };
  return {
    kind: "point",
    point: when.point,
    stage: when.stage,
    partition: when.partition,
    nth: when.nth,
    armAfterMs: when["arm-after"],
    armAfterStepOf: when["arm-after-step-of"],
  };
}
