import type { Anomaly, Finding } from "../model/finding.ts";
import { onceEach } from "./honesty/once-each.ts";

/** Anomalies kept whole; what comes after counts in `more`. */
const keptMax = 20;

/** Anomalies grouped by cause: the first of a cause is kept, further ones are counted. */
export interface Anomalies {
  readonly kept: Map<string, { readonly anomaly: Anomaly; more: number }>;
  lastCause: string | null;
}

export type AnomalyBody = Omit<Anomaly, "invariant" | "more">;

export function beginAnomalies(): Anomalies {
  return { kept: new Map(), lastCause: null };
}

/** Adds a witness; `describe` is called only for the first of its cause. */
export function addAnomaly(all: Anomalies, invariant: string, cause: string, describe: () => AnomalyBody): void {
  const known = all.kept.get(cause);
  if (known !== undefined) {
    known.more += 1;
    return;
  }
  if (all.kept.size >= keptMax) {
    const last = all.lastCause === null ? undefined : all.kept.get(all.lastCause);
    if (last !== undefined) last.more += 1;
    return;
  }
  all.kept.set(cause, { anomaly: { invariant, ...describe(), more: 0 }, more: 0 });
  all.lastCause = cause;
}

export function listAnomalies(all: Anomalies): readonly Anomaly[] {
  return [...all.kept.values()].map(({ anomaly, more }) => ({ ...anomaly, more }));
}

export interface Conclusion {
  readonly invariant: string;
  readonly name: string;
  readonly unit: string;
  readonly examined: number;
  readonly anomalies: readonly Anomaly[];
  /** Why the answer is not certain; each turns valid into unknown. */
  readonly doubts: readonly string[];
  /** Why nothing was examined, and what to change. */
  readonly idle: string;
}

/** invalid when there is a witness, else unknown when there is doubt, else idle when nothing was compared, else valid. */
export function conclude(conclusion: Conclusion): Finding {
  const { invariant, name, unit, examined, anomalies, doubts } = conclusion;
  const base = { invariant, name, unit, examined, anomalies };
  if (anomalies.length > 0) return { ...base, outcome: "invalid", why: null };
  if (doubts.length > 0) return { ...base, outcome: "unknown", why: onceEach(doubts).join(" ") };
  if (examined === 0) return { ...base, outcome: "idle", why: conclusion.idle };
  return { ...base, outcome: "valid", why: null };
}

/** The pipeline has no such subject, or its guarantee allows the violation. */
export function notApplicable(invariant: string, name: string, unit: string, why: string): Finding {
  return { invariant, name, unit, examined: 0, outcome: "not-applicable", why, anomalies: [] };
}

export const notEnded = "The history has not ended: what is absent may still come.";
