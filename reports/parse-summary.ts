import { z } from "zod";
import { RollproofError } from "../harness/base/errors.ts";
import { jsonFault } from "../harness/base/json-fault.ts";
import { summarySchemaVersion, type RunSummary } from "../harness/model/summary.ts";

const span = { label: z.string(), fromMs: z.number(), toMs: z.number().nullable() };
const lane = z.strictObject({
  id: z.string(),
  incarnations: z.array(
    z.strictObject({
      incarnation: z.number(),
      version: z.string().nullable(),
      fromMs: z.number(),
      toMs: z.number().nullable(),
      ended: z.string().nullable(),
    }),
  ),
});

const schema: z.ZodType<RunSummary> = z.strictObject({
  schemaVersion: z.literal(summarySchemaVersion),
  runId: z.string(),
  endMs: z.number(),
  phases: z.array(z.strictObject(span)),
  members: z.array(lane),
  brokers: z.array(lane),
  faults: z.array(
    z.strictObject({
      ...span,
      id: z.string(),
      faultKind: z.string(),
      targets: z.array(z.string()),
      proven: z.boolean(),
      unfired: z.string().nullable(),
    }),
  ),
  steps: z.array(z.strictObject({ ...span, members: z.array(z.string()), phases: z.array(z.strictObject(span)) })),
  series: z.array(
    z.strictObject({ name: z.string(), unit: z.string(), points: z.array(z.tuple([z.number(), z.number()])) }),
  ),
  counts: z.strictObject({
    inputsPlanned: z.number(),
    inputsAcknowledged: z.number(),
    transactionsCommitted: z.number(),
    transactionsAborted: z.number(),
    outputsCommitted: z.number(),
    events: z.number(),
    frames: z.number(),
  }),
  records: z.array(
    z.strictObject({
      ref: z.string(),
      atMs: z.number(),
      key: z.string(),
      value: z.string(),
      headers: z.record(z.string(), z.string()),
      writer: z.string().nullable(),
      transaction: z.string().nullable(),
    }),
  ),
  events: z.array(z.strictObject({ ref: z.string(), atMs: z.number(), text: z.string() })),
});

/** summary.json → RunSummary; `path` is for the message. Throws `history-unreadable`. */
export function parseSummary(text: string, path: string): RunSummary {
  const remedy = "Judge the run again, which writes it anew: `rollproof check <run dir>`.";
  const fault = jsonFault(text, path);
  if (fault !== null) throw new RollproofError("history-unreadable", `A summary is expected. ${fault}`, { remedy });
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the whole" : issue.path.join(".");
  throw new RollproofError("history-unreadable", `${path}, at ${place}: ${issue?.message ?? "not a summary"}.`, {
    remedy,
  });
}
