import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { jsonFault } from "../base/json-fault.ts";
import type { RunInfo } from "../model/verdict.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const schema: z.ZodType<RunInfo> = z.strictObject({
  runId: z.string().max(100),
  startedAt: z.string().max(40),
  environment: z.string().max(40),
  hostFactor: z.number().min(1).max(100),
  versions: z.strictObject({
    tool: z.string().max(40),
    kafka: z.string().max(100),
    features: z.record(z.string().max(100), z.int()),
    node: z.string().max(40),
    planSha256: digest,
    specificationSha256: digest.nullable(),
    pipeline: z.record(z.string(), digest),
  }),
  specificationPath: z.string().max(400).nullable(),
});

/** run.json as it was written. Throws `history-unreadable` with the field that is wrong. */
export function parseRunInfo(text: string, file: string): RunInfo {
  const fault = jsonFault(text, file);
  if (fault !== null) throw unreadable(file, fault);
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(file, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as expected"}`);
}

function unreadable(file: string, why: string): RollproofError {
  return new RollproofError("history-unreadable", `${file} is damaged: ${why}`, {
    remedy: "Run the plan again: `rollproof run --plan <run dir>/plan.json`.",
  });
}
