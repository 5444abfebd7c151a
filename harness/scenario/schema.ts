import { z } from "zod";
import {
  journalEntryKinds,
  points,
  strategies,
  upgradePhases,
  type SloName,
  type UpgradePhase,
} from "../model/scenario.ts";
import { brokersForm, brokersShape, featuresShape } from "./brokers.ts";
import { drawn, duration, percent, whole } from "./forms.ts";
import { imagesForm, imagesShape } from "./images.ts";

/**
 * The keys of a scenario file and their forms. Which names exist (pipelines, kinds of faults, mutants, stages) is checked
 * against the catalogues in names.ts. Numbers are bounded where more could not run on one machine.
 */
const workloadShape = {
  inputs: whole(1, 5_000_000).default(24_000),
  partitions: whole(1, 64).default(6),
  keys: whole(1, 1_000_000).default(500),
  duplicates: percent.default(4),
  "out-of-order": percent.default(10),
  late: percent.default(2),
  "hot-keys": percent.default(20),
  "long-windows": percent.exactOptional(),
  pace: duration.default(30_000),
};

const canaryShape = { members: whole(1, 16).default(1), dwell: duration.default(5_000) };

const rollBackShape = { after: z.string() };
const rounds = whole(0, 1_000).exactOptional();
const levelMs = duration.exactOptional();
const sloShape = {
  "backlog-growth": whole(0, 10_000_000).exactOptional(),
  "checkpoint-age": levelMs,
  errors: rounds,
  "in-flight": whole(0, 10_000_000).exactOptional(),
  "output-latency-p50": levelMs,
  "output-latency-p99": levelMs,
  rebalances: rounds,
  restarts: rounds,
  "under-replicated": rounds,
} satisfies Record<SloName, z.ZodType>;

const holdShape = { after: duration.default(0), for: duration };

const preflightShape = { "disk-free-min": whole(0, 10_000_000).default(200) };

const upgradeShape = {
  strategy: z.enum(strategies).default("rolling"),
  "max-unavailable": whole(1, 16).exactOptional(),
  groups: z.array(z.array(z.string()).min(1).max(16)).min(1).max(16).exactOptional(),
  canary: z.strictObject(canaryShape).exactOptional(),
  "min-available": whole(0, 16).exactOptional(),
  "start-after": duration.default(3_000),
  dwell: duration.default(1_000),
  finalise: z.boolean().default(true),
  "on-gate-timeout": z.enum(["stop", "roll-back"]).default("stop"),
  "roll-back": z.strictObject(rollBackShape).exactOptional(),
  slo: z.strictObject(sloShape).exactOptional(),
  preflight: z.strictObject(preflightShape).exactOptional(),
  "hold-sources": z.strictObject(holdShape).exactOptional(),
  "online-checks": z.boolean().default(false),
};

const gatesShape = {
  "lag-max": whole(0, 10_000_000).default(300),
  "checkpoint-lag-max": whole(0, 10_000_000).default(3_000),
  timeout: duration.default(60_000),
};

const gapInShape = {
  drain: levelMs,
  stop: levelMs,
  start: levelMs,
  restore: levelMs,
  rejoin: levelMs,
  "catch-up": levelMs,
  gate: levelMs,
} satisfies Record<UpgradePhase, z.ZodType>;

const availabilityShape = {
  gap: duration.exactOptional(),
  "gap-in": z.strictObject(gapInShape).exactOptional(),
  "rebalances-per-step": whole(1, 1_000).exactOptional(),
  restarts: whole(0, 1_000).exactOptional(),
};

/** A count on top of what the question demands, or one in its place with the reason. */
function minimum(max: number) {
  const because = z.string().trim().min(1).max(500);
  return z.union([whole(0, max), z.strictObject({ "at-least": whole(0, max), because })]).optional();
}

export const exercisedShape = {
  "commits-by-version": minimum(1_000_000),
  "mixed-version-commits": minimum(1_000_000),
  "kills-with-open-transaction": minimum(1_000),
  "warm-restores": minimum(1_000),
  fencings: minimum(1_000),
  "crossed-aborts": minimum(1_000),
  "outlived-aborts": minimum(1_000),
  "stops-under-load": minimum(1_000),
};
const loweredKeys: readonly string[] = ["at-least", "because"];

const expectShape = {
  verdict: z.enum(["valid", "invalid", "unknown"]).default("valid"),
  anomalies: z.array(z.string()).max(50).default([]),
};

/** Whether the fault comes once more at the counterpart of its act on the way back. */
const occurrence = z.enum(["first", "any"]).default("first");

/** The forms of `when`, by the key that tells them apart. */
export const whenShapes = {
  progress: { progress: drawn(whole(1, 1_000_000)) },
  act: { act: z.string(), delay: drawn(duration).default(0), occurrence },
  phase: {
    phase: z.enum(upgradePhases),
    of: z.string(),
    delay: drawn(duration).default(0),
    occurrence,
  },
  journal: { journal: z.enum(journalEntryKinds), of: z.string().nullable().default(null) },
  point: {
    point: z.enum(points),
    stage: z.string(),
    partition: whole(0, 63).nullable().default(null),
    nth: drawn(whole(1, 10_000)).default(1),
    "arm-after": drawn(duration).default(0),
    "arm-after-step-of": z.string().nullable().default(null),
  },
};

export const faultShape = {
  kind: z.string(),
  target: z.string(),
  at: drawn(duration).optional(),
  when: z
    .union([
      z.strictObject(whenShapes.progress),
      z.strictObject(whenShapes.act),
      z.strictObject(whenShapes.phase),
      z.strictObject(whenShapes.journal),
      z.strictObject(whenShapes.point),
    ])
    .optional(),
  for: drawn(duration).nullable().default(null),
  params: z.record(z.string(), z.unknown()).default({}),
};

export const scenarioShape = {
  question: z.string().trim().min(1).max(1_000),
  pipeline: z.string(),
  from: z.string(),
  to: z.string(),
  profile: z.enum(["fast", "production"]).default("fast"),
  members: whole(1, 16).default(3),
  brokers: brokersForm.default(3),
  images: imagesForm.exactOptional(),
  workload: z.strictObject(workloadShape).prefault({}),
  upgrade: z.strictObject(upgradeShape).prefault({}),
  faults: z.array(z.strictObject(faultShape)).max(50).default([]),
  mutant: z.string().nullable().default(null),
  gates: z.strictObject(gatesShape).prefault({}),
  availability: z.strictObject(availabilityShape).exactOptional(),
  guarantee: z.enum(["exactly-once", "at-least-once"]).default("exactly-once"),
  exercised: z.strictObject(exercisedShape).prefault({}),
  expect: z.strictObject(expectShape).prefault({}),
};

export const scenarioSchema = z.strictObject(scenarioShape);
export type ScenarioFile = z.output<typeof scenarioSchema>;
export type FaultFile = ScenarioFile["faults"][number];

/** Keys that may stand at a path (numbers left out): for did-you-mean. */
export const knownKeys: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["", Object.keys(scenarioShape)],
  ["brokers", Object.keys(brokersShape)],
  ["brokers.features", Object.keys(featuresShape)],
  ["images", Object.keys(imagesShape)],
  ["workload", Object.keys(workloadShape)],
  ["upgrade", Object.keys(upgradeShape)],
  ["upgrade.hold-sources", Object.keys(holdShape)],
  ["upgrade.slo", Object.keys(sloShape)],
  ["upgrade.preflight", Object.keys(preflightShape)],
  ["upgrade.canary", Object.keys(canaryShape)],
  ["upgrade.roll-back", Object.keys(rollBackShape)],
  ["gates", Object.keys(gatesShape)],
  ["availability.gap-in", Object.keys(gapInShape)],
  ["availability", Object.keys(availabilityShape)],
  ["exercised", Object.keys(exercisedShape)],
  ...Object.keys(exercisedShape).map((key) => [`exercised.${key}`, loweredKeys] as const),
  ["expect", Object.keys(expectShape)],
  ["faults", Object.keys(faultShape)],
  ["faults.when", Object.values(whenShapes).flatMap((shape) => Object.keys(shape))],
]);
