import type { PipelineDescription } from "./pipeline.ts";
import type { Plan } from "./plan.ts";

export interface CheckerContext {
  readonly plan: Plan;
  readonly description: PipelineDescription;
  readonly specification: import("./pipeline.ts").Specification | null;
  /** Measured at the start of the run; scales deadlines. */
  readonly hostFactor: number;
}

export type Outcome = "valid" | "unknown" | "invalid" | "not-applicable" | "idle";

/** One checker's answer. `examined` counts what was compared; 0 with outcome `valid` does not exist: that is `idle`. */
export interface Finding {
  readonly invariant: string;
  readonly name: string;
  readonly outcome: Outcome;
  readonly examined: number;
  /** What `examined` counts, e.g. `committed outputs`. */
  readonly unit: string;
  /** For unknown, idle and not-applicable: why, and what to change. For valid: what a reader should know all the same. */
  readonly why: string | null;
  readonly anomalies: readonly Anomaly[];
}

/** A witness that the invariant does not hold. One cause once: `more` counts further ones of the same cause. */
export interface Anomaly {
  readonly invariant: string;
  readonly sentence: string;
  readonly expected: string;
  readonly actual: string;
  /** Smallest evidence: refs `r:<topic>-<p>@<offset>` and `e:<seq>`. */
  readonly evidence: readonly string[];
  readonly restsOn: readonly Reliance[];
  /** Where the first bad commit lies, as a ref, when known. */
  readonly firstBadCommit: string | null;
  readonly task: string | null;
  /** Seq at which it happened, to name the fault and phase then active; null when it has no place. */
  readonly seq: number | null;
  readonly more: number;
}

/** A stretch of a ledger that an anomaly rests on. An HZ1 gap in it turns an absence into unknown. */
export interface Reliance {
  readonly ledger: string;
  /** `topic-partition`, or null for ledgers without. */
  readonly partition: string | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly claims: "presence" | "absence";
}
