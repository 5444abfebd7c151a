import type { Anomaly } from "../../model/finding.ts";

/** What one part of LV3's budget comes to. */
export interface Part {
  readonly anomalies: readonly Anomaly[];
  /** Why this part cannot be told; each turns valid into unknown. */
  readonly doubts: readonly string[];
}

export function witness(body: Omit<Anomaly, "invariant" | "more" | "firstBadCommit">, more = 0): Anomaly {
  return { invariant: "LV3", ...body, firstBadCommit: null, more };
}
