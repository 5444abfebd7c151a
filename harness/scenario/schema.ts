import { z } from "zod";
import { points, upgradePhases } from "../model/scenario.ts";
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
  pace: duration.default(30_000),
};

const upgradeShape = {
  strategy: z.literal("rolling").default("rolling"),
  "max-unavailable": z.literal(1).default(1),
  "start-after": duration.default(3_000),
  dwell: duration.default(1_000),
  finalise: z.boolean().default(true),
};

const gatesShape = {
  "lag-max": whole(0, 10_000_000).default(300),
  "checkpoint-lag-max": whole(0, 10_000_000).default(3_000),
  timeout: duration.default(60_000),
};

const exercisedShape = {
  "mixed-version-commits": whole(0, 1_000_000).default(0),
  "kills-with-open-transaction": whole(0, 1_000).default(0),
  "warm-restores": whole(0, 1_000).default(0),
  fencings: whole(0, 1_000).default(0),
};

const expectShape = {
  verdict: z.enum(["valid", "invalid", "unknown"]).default("valid"),
  anomalies: z.array(z.string()).max(50).default([]),
};

/** The three forms of `when`, by the key that tells them apart. */
export const whenShapes = {
  progress: { progress: drawn(whole(1, 1_000_000)) },
  phase: {
    phase: z.enum(upgradePhases),
    of: z.string(),
    delay: drawn(duration).default(0),
  },
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
    .union([z.strictObject(whenShapes.progress), z.strictObject(whenShapes.phase), z.strictObject(whenShapes.point)])
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
  guarantee: z.enum(["exactly-once", "at-least-once"]).default("exactly-once"),
  exercised: z.strictObject(exercisedShape).prefault({}),
  expect: z.strictObject(expectShape).prefault({}),
};

export const scenarioSchema = z.strictObject(scenarioShape);
export type ScenarioFile = z.output<typeof scenarioSchema>;
export type FaultFile = ScenarioFile["faults"][number];

/** Keys that may stand at a path (numbers left out): for did-you-mean. */
export const knownKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["", Object.keys(scenarioShape)],
  ["brokers", Object.keys(brokersShape)],
  ["brokers.features", Object.keys(featuresShape)],
  ["images", Object.keys(imagesShape)],
  ["workload", Object.keys(workloadShape)],
  ["upgrade", Object.keys(upgradeShape)],
  ["gates", Object.keys(gatesShape)],
  ["exercised", Object.keys(exercisedShape)],
  ["expect", Object.keys(expectShape)],
  ["faults", Object.keys(faultShape)],
  ["faults.when", Object.values(whenShapes).flatMap((shape) => Object.keys(shape))],
]);
