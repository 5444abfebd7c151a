import type { Anomaly } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { Verdict, VerdictOutcome } from "../model/verdict.ts";

/**
 * What the scenario expects, and whether it came. A mutant's scenario that is run with the correct pipeline
 * (`--mutant none`) expects valid.
 */
export function expectationOf(
  plan: Plan,
  outcome: VerdictOutcome,
  anomalies: readonly Anomaly[],
): Verdict["expectation"] {
  const isCleared = plan.scenario.mutant !== null && plan.mutant === null;
  const { verdict, anomalies: kinds } = isCleared ? { verdict: "valid" as const, anomalies: [] } : plan.scenario.expect;
  const isNamed = kinds.length === 0 || anomalies.some(({ invariant }) => kinds.includes(invariant));
  return { verdict, anomalies: kinds, met: outcome === verdict && (outcome !== "invalid" || isNamed) };
}
