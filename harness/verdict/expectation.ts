import type { Anomaly, Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { Exercised, PlantedOutcome, Verdict, VerdictOutcome } from "../model/verdict.ts";

/** What there is to compare with the expectation. */
export interface Found {
  readonly plan: Plan;
  readonly outcome: VerdictOutcome;
  readonly anomalies: readonly Anomaly[];
  readonly planted: PlantedOutcome | null;
}

/**
 * What the scenario expects, and whether it came. A mutant's scenario that is run with the correct pipeline
 * (`--mutant none`) expects valid.
 */
export function expectationOf({ plan, outcome, anomalies, planted }: Found): Verdict["expectation"] {
  const isCleared = plan.scenario.mutant !== null && plan.mutant === null;
  const { verdict, anomalies: kinds } = isCleared ? { verdict: "valid" as const, anomalies: [] } : plan.scenario.expect;
  const met = outcome === verdict && (outcome !== "invalid" || isNamed(kinds, anomalies));
  return { verdict, anomalies: kinds, met, planted };
}

/** What became of the planted bug. */
export function plantedOutcome(of: {
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  readonly counts: readonly Exercised[];
}): PlantedOutcome | null {
  const { plan, findings, counts } = of;
  if (plan.mutant === null) return null;
  const isOwnScenario = plan.scenario.mutant === plan.mutant;
  if (findings.some(({ outcome }) => outcome === "invalid")) {
    const anomalies = findings.flatMap((finding) => finding.anomalies);
    return isOwnScenario && !isNamed(plan.scenario.expect.anomalies, anomalies) ? "misnamed" : "killed";
  }
  // Only its own scenario counts its need, and only a run that did what it says meets it.
  const isSound = findings.some(({ invariant, outcome }) => invariant === "HZ1" && outcome === "valid");
  return isOwnScenario && isSound && counts.every(({ seen, minimum }) => seen >= minimum) ? "survived" : "need-not-met";
}

function isNamed(kinds: readonly string[], anomalies: readonly Anomaly[]): boolean {
  return kinds.length === 0 || anomalies.some(({ invariant }) => kinds.includes(invariant));
}
