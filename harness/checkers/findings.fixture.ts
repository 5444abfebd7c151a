import type { EvidenceBatch } from "../model/evidence.ts";
import type { CheckerContext, Finding, Outcome } from "../model/finding.ts";
import { beginChecks } from "./run.ts";
import { toyContext } from "./toy-pipeline.fixture.ts";

/** Every checker's finding over hand-written evidence, by invariant. */
export function findingsOf(
  batches: readonly EvidenceBatch[],
  changes: Partial<CheckerContext> = {},
): ReadonlyMap<string, Finding> {
  const checks = beginChecks(toyContext(changes));
  for (const batch of batches) checks.step(batch);
  return new Map(checks.finish().map((finding) => [finding.invariant, finding]));
}

/** The finding of one invariant. */
export function findingOf(
  invariant: string,
  batches: readonly EvidenceBatch[],
  changes: Partial<CheckerContext> = {},
): Finding {
  const finding = findingsOf(batches, changes).get(invariant);
  if (finding === undefined) throw new Error(`There is no checker ${invariant}.`);
  return finding;
}

/** Invariants with this outcome, sorted. */
export function withOutcome(findings: ReadonlyMap<string, Finding>, outcome: Outcome): readonly string[] {
  return [...findings.values()]
    .filter((finding) => finding.outcome === outcome)
    .map(({ invariant }) => invariant)
    .toSorted();
}
