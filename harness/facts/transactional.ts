import type { CheckerContext } from "../model/finding.ts";

/**
 * Whether every effect belongs to a transaction: exactly once, with offsets committed in transactions. Elsewhere an effect
 * outside of them is as good as any.
 */
export function isTransactional({ plan, description }: CheckerContext): boolean {
  return plan.scenario.guarantee === "exactly-once" && description.offsets === "in-transaction";
}
