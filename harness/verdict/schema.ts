import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { jsonFault } from "../base/json-fault.ts";
import { plantedOutcomes, verdictSchemaVersion, type Verdict } from "../model/verdict.ts";

const outcome = z.enum(["valid", "unknown", "invalid"]);
const texts = z.array(z.string());

const reliance = z.strictObject({
  ledger: z.string(),
  partition: z.string().nullable(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  claims: z.enum(["presence", "absence"]),
});

const anomaly = z.strictObject({
  invariant: z.string(),
  sentence: z.string(),
  expected: z.string(),
  actual: z.string(),
  evidence: texts,
  restsOn: z.array(reliance),
  firstBadCommit: z.string().nullable(),
  task: z.string().nullable(),
  seq: z.number().nullable(),
  more: z.number(),
});

const preceded = z.strictObject({ sentence: z.string(), evidence: texts }).nullable();

const finding = z.strictObject({
  invariant: z.string(),
  name: z.string(),
  outcome: z.enum(["valid", "unknown", "invalid", "not-applicable", "idle"]),
  examined: z.number(),
  unit: z.string(),
  why: z.string().nullable(),
  anomalies: z.array(anomaly),
});

const exercised = z.strictObject({
  kind: z.enum([
    "commitsByVersion",
    "mixedVersionCommits",
    "killsWithOpenTransaction",
    "warmRestores",
    "fencings",
    "crossedAborts",
    "outlivedAborts",
    "stopsUnderLoad",
    "faults-active",
  ]),
  of: z.string().nullable(),
  seen: z.number(),
  minimum: z.number(),
  because: z.string().nullable(),
  evidence: texts,
});

const versions = z.strictObject({
  tool: z.string(),
  kafka: z.string(),
  features: z.record(z.string(), z.number()),
  node: z.string(),
  planSha256: z.string(),
  specificationSha256: z.string().nullable(),
  pipeline: z.record(z.string(), z.string()),
});

/** verdict.json, checked key by key: an unknown key is refused. */
const verdictSchema = z.strictObject({
  schemaVersion: z.literal(verdictSchemaVersion),
  outcome,
  headline: z.string(),
  reasons: texts,
  scenario: z.string(),
  question: z.string(),
  seed: z.string(),
  mutant: z.string().nullable(),
  guarantee: z.string(),
  runId: z.string(),
  environment: z.string(),
  versions,
  judgedBy: z.strictObject({ path: z.string(), sha256: z.string() }).nullable(),
  exercised: z.array(exercised),
  residual: texts,
  findings: z.array(finding),
  anomalies: z.array(z.strictObject({ ...anomaly.shape, faultsActive: texts, phase: z.string().nullable(), preceded })),
  expectation: z.strictObject({
    verdict: outcome,
    anomalies: texts,
    met: z.boolean(),
    planted: z.enum(plantedOutcomes).nullable(),
  }),
  replay: texts,
});

/** The JSON Schema of verdict.json, for other tools. */
export function verdictJsonSchema(): unknown {
  return z.toJSONSchema(verdictSchema);
}

/** verdict.json's text → the verdict; `path` is named in the error. */
export function parseVerdict(text: string, path: string): Verdict {
  const refuse = (why: string): RollproofError =>
    new RollproofError(
      "history-unreadable",
      `${path} is no verdict of schema version ${verdictSchemaVersion}: ${why}`,
      {
        remedy: "Judge the run again: `rollproof check <run dir>`.",
      },
    );
  const fault = jsonFault(text, path);
  if (fault !== null) throw refuse(fault);
  const parsed = verdictSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  return parsed.data;
}
