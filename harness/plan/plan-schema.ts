import { z } from "zod";
import { imageFault, type ImagePart } from "../model/image.ts";
import { kafkaVersionPattern } from "../model/kafka-version.ts";
import { planVersion, type Plan } from "../model/plan.ts";
import { points, upgradePhases, type Scenario, type Trigger } from "../model/scenario.ts";

/** The form of plan.json, for one that comes from a file. Numbers are bounded as in scenario files. */

const name = z.string().min(1).max(200);
const count = (max: number): z.ZodType<number> => z.int().min(0).max(max);
const ms = count(3_600_000);
const percent = z.number().min(0).max(100);
const orRange = (value: z.ZodType<number>) => z.union([value, z.strictObject({ min: value, max: value })]);

function trigger<N>(of: (value: z.ZodType<number>) => z.ZodType<N>): z.ZodType<Trigger<N>> {
  return z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("time"), atMs: of(ms) }),
    z.strictObject({ kind: z.literal("progress"), commits: of(count(1_000_000)) }),
    z.strictObject({ kind: z.literal("phase"), member: name, phase: z.enum(upgradePhases), delayMs: of(ms) }),
    z.strictObject({
      kind: z.literal("point"),
      point: z.enum(points),
      stage: name,
      partition: count(63).nullable(),
      nth: of(count(10_000)),
      armAfterMs: of(ms),
      armAfterStepOf: name.nullable(),
    }),
  ]);
}

function image(part: ImagePart) {
  return z
    .string()
    .refine((text) => imageFault(part, text) === null, { error: "expected an image's name" })
    .exactOptional();
}

const params = z.record(z.string(), z.unknown());

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
    paceMs: ms,
  }),
  upgrade: z.strictObject({
    strategy: z.literal("rolling"),
    maxUnavailable: z.literal(1),
    startAfterMs: ms,
    dwellMs: ms,
    finalise: z.boolean(),
  }),
  faults: z
    .array(
      z.strictObject({ kind: name, target: name, trigger: trigger(orRange), forMs: orRange(ms).nullable(), params }),
    )
    .max(50),
  mutant: name.nullable(),
  gates: z.strictObject({ lagMax: count(10_000_000), checkpointLagMax: count(10_000_000), timeoutMs: ms }),
  guarantee: z.enum(["exactly-once", "at-least-once"]),
  exercised: z.strictObject({
    mixedVersionCommits: count(1_000_000),
    killsWithOpenTransaction: count(1_000),
    warmRestores: count(1_000),
    fencings: count(1_000),
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
  upgrade: z.array(z.strictObject({ member: name, from: name, to: name })).max(16),
  faults: z
    .array(
      z.strictObject({
        id: name,
        kind: name,
        target: name,
        pick: count(999_999),
        trigger: trigger((value) => value),
        forMs: ms.nullable(),
        params,
      }),
    )
    .max(50),
});
