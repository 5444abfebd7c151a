import type { Changes, Rebalances, RolledStep } from "../../facts/rebalances.ts";
import { everyFault, everyGauge } from "../../facts/reliances.ts";
import type { Anomaly } from "../../model/finding.ts";
import type { Availability } from "../../model/profile.ts";
import { witness, type Part } from "./unavailability.ts";

/** Groups that rebalance, and transactional ids that change hands, more often in one step than the budget allows. */
export function judgeAssignments({ steps }: Rebalances, { rebalancesPerStep }: Availability): Part {
  const { count, isDeclared } = rebalancesPerStep;
  const anomalies = steps.flatMap((step) =>
    [...step.changes.values()]
      .filter(({ whole, calm }) => (isDeclared ? whole : calm) > count)
      .map((changes) => anomaly(step, changes, rebalancesPerStep)),
  );
  return { anomalies, doubts: [] };
}

function anomaly(
  { began }: RolledStep,
  { of, name, whole, calm, first, last }: Changes,
  { count, isDeclared }: Availability["rebalancesPerStep"],
): Anomaly {
  const seen = isDeclared ? whole : calm;
  const what =
    of === "group"
      ? `The group ${name} rebalanced ${seen} times`
      : `The transactional id ${name} changed hands ${seen} times`;
  return witness({
    sentence: `${what} in the replacement of ${began.members.join(", ")}${isDeclared ? "" : ", without a fault"}: the assignment does not settle.`,
    expected: `at most ${count} times`,
    actual: `${seen} times`,
    evidence: [first, last],
    restsOn: isDeclared ? [everyGauge] : [everyFault, everyGauge],
    task: null,
    seq: began.seq,
  });
}
