import type { Plan } from "../model/plan.ts";
import { verdictSchemaVersion, type RunInfo, type Verdict } from "../model/verdict.ts";

/** What is known of a run that could not be judged. */
export interface Unjudged {
  /** null: plan.json cannot be read. */
  readonly plan: Plan | null;
  /** null: run.json cannot be read. */
  readonly run: RunInfo | null;
  /** Why it could not be judged, and what to change; one at least. */
  readonly reasons: readonly string[];
  /** As `judge` takes it. */
  readonly planPath: string;
}

/** The verdict over a run that could not be judged: unknown, with no finding. */
export function unknownVerdict({ plan, run, reasons, planPath }: Unjudged): Verdict {
  const more = reasons.length === 1 ? "" : ` (and ${reasons.length - 1} more reasons)`;
  return {
    schemaVersion: verdictSchemaVersion,
    outcome: "unknown",
    headline: `This run was not judged: ${reasons[0]}${more}`,
    reasons,
    scenario: plan?.scenario.name ?? unread,
    question: plan?.scenario.question ?? unread,
    seed: plan?.seed ?? unread,
    mutant: plan?.mutant ?? null,
    guarantee: plan?.scenario.guarantee ?? unread,
    runId: run?.runId ?? unread,
    environment: run?.environment ?? unread,
    versions: run?.versions ?? {
      tool: unread,
      kafka: unread,
      features: {},
      node: unread,
      planSha256: unread,
      specificationSha256: null,
      pipeline: {},
    },
    judgedBy: null,
    exercised: [],
    residual: [],
    findings: [],
    anomalies: [],
    expectation: {
      verdict: plan?.scenario.expect.verdict ?? "valid",
      anomalies: [],
      met: false,
      planted: plan === null || plan.mutant === null ? null : "need-not-met",
    },
    replay: ["run", "--plan", planPath],
  };
}

const unread = "not readable";
