import { z } from "zod";
import { imageFault, type ImagePart } from "../model/image.ts";
import { kafkaVersionPattern } from "../model/kafka-version.ts";
import { planVersion, type Plan, type PlannedTrigger } from "../model/plan.ts";
import { gateNames, type Act } from "../model/program.ts";
import {
  journalEntryKinds,
  points,
  sloNames,
  strategies,
  upgradePhases,
  type Range,
  type Scenario,
  type Trigger,
} from "../model/scenario.ts";

/** The form of plan.json, for one that comes from a file. Numbers are bounded as in scenario files. */

const name = z.string().min(1).max(200);
const count = (max: number): z.ZodType<number> => z.int().min(0).max(max);
const ms = count(3_600_000);
const percent = z.number().min(0).max(100);
const orRange = (value: z.ZodType<number>) => z.union([value, z.strictObject({ min: value, max: value })]);

const triggerForms = <N>(of: (value: z.ZodType<number>) => z.ZodType<N>) => ({
  time: z.strictObject({ kind: z.literal("time"), atMs: of(ms) }),
  progress: z.strictObject({ kind: z.literal("progress"), commits: of(count(1_000_000)) }),
  act: { kind: z.literal("act"), act: name, delayMs: of(ms) },
  journal: z.strictObject({
    kind: z.literal("journal"),
    entry: z.enum(journalEntryKinds),
    act: name.nullable(),
  }),
  point: {
    kind: z.literal("point"),
    point: z.enum(points),
    stage: name,
    partition: count(63).nullable(),
    nth: of(count(10_000)),
    armAfterMs: of(ms),
  },
});

const occurrence = z.literal("any").exactOptional();
const ofScenario = triggerForms(orRange);
const scenarioTrigger: z.ZodType<Trigger<number | Range>> = z.discriminatedUnion("kind", [
  ofScenario.time,
  ofScenario.progress,
  ofScenario.journal,
  z.strictObject({ ...ofScenario.act, occurrence }),
  z.strictObject({
    kind: z.literal("phase"),
    member: name,
    phase: z.enum(upgradePhases),
    delayMs: orRange(ms),
    occurrence,
  }),
  z.strictObject({ ...ofScenario.point, armAfterStepOf: name.nullable() }),
]);

const ofPlan = triggerForms((value) => value);
const plannedTrigger: z.ZodType<PlannedTrigger> = z.discriminatedUnion("kind", [
  ofPlan.time,
  ofPlan.progress,
  ofPlan.journal,
  z.strictObject(ofPlan.act),
  z.strictObject({ ...ofPlan.point, armAfterAct: name.nullable() }),
]);

const ofAct = {
  id: name,
  members: z.array(name).max(16),
  step: count(63).nullable(),
  phase: z.enum(upgradePhases).nullable(),
  gates: z.array(z.enum(gateNames)).max(gateNames.length),
};
const act: z.ZodType<Act> = z.discriminatedUnion("kind", [
  z.strictObject({ ...ofAct, kind: z.literal("take-down"), until: z.enum(["drained", "ended"]) }),
  z.strictObject({ ...ofAct, kind: z.literal("bring-up"), version: name }),
  z.strictObject({
    ...ofAct,
    kind: z.literal("await"),
    version: name.nullable(),
    leaves: count(16).exactOptional(),
  }),
  z.strictObject({ ...ofAct, kind: z.literal("dwell"), forMs: ms }),
  z.strictObject({ ...ofAct, kind: z.literal("prepare"), flag: name, version: name }),
  z.strictObject({ ...ofAct, kind: z.literal("activate"), flag: name, version: name, epoch: count(1_000) }),
]);

function image(part: ImagePart) {
  return z
    .string()
    .refine((text) => imageFault(part, text) === null, { error: "expected an image's name" })
    .exactOptional();
}

const params = z.record(z.string(), z.unknown());

const lowered = z.strictObject({ atLeast: count(1_000_000), because: z.string().min(1).max(500) }).exactOptional();

const scenario: z.ZodType<Scenario> = z.strictObject({
  name,
  question: z.string().min(1).max(1_000),
  pipeline: name,
  from: name,
  to: name,
  profile: z.enum(["fast", "production"]),
  members: z.int().min(1).max(16),
  brokers: z
    .array(z.strictObject({ version: z.string().regex(kafkaVersionPattern).nullable() }))
    .min(1)
    .max(9),
  features: z.record(name, count(32_767)).exactOptional(),
  images: z
    .strictObject({
      kafka: image("kafka"),
      toxiproxy: image("toxiproxy"),
      member: image("member"),
      sidecar: image("sidecar"),
    })
    .exactOptional(),
  workload: z.strictObject({
    inputs: z.int().min(1).max(5_000_000),
    partitions: z.int().min(1).max(64),
    keys: z.int().min(1).max(1_000_000),
    duplicatesPercent: percent,
    outOfOrderPercent: percent,
    latePercent: percent,
    hotKeysPercent: percent,
    longWindowsPercent: percent.exactOptional(),
    paceMs: ms,
  }),
  upgrade: z.strictObject({
    strategy: z.enum(strategies),
    maxUnavailable: z.int().min(1).max(16),
    groups: z.array(z.array(name).min(1).max(16)).min(1).max(16).exactOptional(),
    canary: z.strictObject({ members: z.int().min(1).max(16), dwellMs: ms }).exactOptional(),
    minAvailable: count(16).exactOptional(),
    startAfterMs: ms,
    dwellMs: ms,
    finalise: z.boolean(),
    onGateTimeout: z.literal("roll-back").exactOptional(),
    rollBackAfter: name.exactOptional(),
    preflight: z.strictObject({ diskFreeMinMiB: count(10_000_000) }).exactOptional(),
    holdSources: z.strictObject({ afterMs: ms, forMs: ms }).exactOptional(),
    onlineChecks: z.literal(true).exactOptional(),
    slo: z.partialRecord(z.enum(sloNames), count(10_000_000)).exactOptional(),
  }),
  faults: z
    .array(
      z.strictObject({ kind: name, target: name, trigger: scenarioTrigger, forMs: orRange(ms).nullable(), params }),
    )
    .max(50),
  mutant: name.nullable(),
  gates: z.strictObject({ lagMax: count(10_000_000), checkpointLagMax: count(10_000_000), timeoutMs: ms }),
  availability: z
    .strictObject({
      gapMs: ms.exactOptional(),
      gapInMs: z.partialRecord(z.enum(upgradePhases), ms).exactOptional(),
      rebalancesPerStep: count(1_000).exactOptional(),
      restarts: count(1_000).exactOptional(),
    })
    .exactOptional(),
  guarantee: z.enum(["exactly-once", "at-least-once"]),
  exercised: z.strictObject({
    mixedVersionCommits: count(1_000_000),
    killsWithOpenTransaction: count(1_000),
    warmRestores: count(1_000),
    fencings: count(1_000),
    commitsByVersion: count(1_000_000).exactOptional(),
    crossedAborts: count(1_000).exactOptional(),
    outlivedAborts: count(1_000).exactOptional(),
    stopsUnderLoad: count(1_000).exactOptional(),
    lowered: z
      .strictObject({
        mixedVersionCommits: lowered,
        killsWithOpenTransaction: lowered,
        warmRestores: lowered,
        fencings: lowered,
        commitsByVersion: lowered,
        crossedAborts: lowered,
        outlivedAborts: lowered,
        stopsUnderLoad: lowered,
      })
      .exactOptional(),
  }),
  expect: z.strictObject({ verdict: z.enum(["valid", "invalid", "unknown"]), anomalies: z.array(name).max(50) }),
});

export const planSchema: z.ZodType<Plan> = z.strictObject({
  planVersion: z.literal(planVersion),
  seed: z.string().regex(/^(?:0|[1-9]\d{0,19})$/u, { error: "expected a decimal number of 64 bits" }),
  scenario,
  mutant: name.nullable(),
  sends: z
    .array(z.strictObject({ stream: name, count: count(5_000_000), sha256: z.string().regex(/^[\da-f]{64}$/u) }))
    .min(1)
    .max(10),
  program: z.array(act).max(200),
  back: z.array(act).max(200).exactOptional(),
  faults: z
    .array(
      z.strictObject({
        id: name,
        kind: name,
        target: name,
        pick: count(999_999),
        trigger: plannedTrigger,
        forMs: ms.nullable(),
        params,
      }),
    )
    .max(100),
});
