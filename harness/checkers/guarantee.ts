import type { CheckerContext, Finding } from "../model/finding.ts";
import { notApplicable } from "./anomalies.ts";

/**
 * At least once allows a record's effect to be repeated after a failure (Kafka documentation, 4.6 Message Delivery
 * Semantics: "messages are never lost but may be redelivered"), so checkers of repetition, order and replayed state have
 * no subject under it.
 */
export function allowedByGuarantee(
  context: CheckerContext,
  checker: { readonly id: string; readonly name: string },
  unit: string,
): Finding | null {
  if (context.plan.scenario.guarantee !== "at-least-once") return null;
  return notApplicable(
    checker.id,
    checker.name,
    unit,
    "The scenario declares at-least-once: records may be redelivered and their effects repeated (Kafka documentation, 4.6).",
  );
}

/** Why a checker that needs f cannot answer; none when it can. */
export function specificationDoubts(context: CheckerContext): readonly string[] {
  return context.specification === null
    ? ["No specification is loaded: name one in the pipeline's description (specificationPath)."]
    : [];
}
