import { display } from "../../base/did-you-mean.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";

/** Upgrade steps and faults that the history began, against the plan that it is said to have carried out. */
export interface CarriedOut {
  readonly plan: Plan;
  readonly reasons: Set<string>;
}

export function startCarriedOut(plan: Plan): CarriedOut {
  return { plan, reasons: new Set() };
}

export function learnCarriedOut({ plan, reasons }: CarriedOut, event: HistoryEvent): void {
  if (event.kind === "upgrade-step-began") {
    const { step, member, from, to } = event;
    const planned = plan.upgrade[step];
    if (planned?.member !== member || planned.from !== from || planned.to !== to)
      reasons.add(
        `Upgrade step ${step} of the history takes ${display(member)} from ${display(from)} to ${display(to)}; ${
          planned === undefined
            ? `the plan has ${plan.upgrade.length} steps`
            : `the plan takes ${planned.member} from ${planned.from} to ${planned.to}`
        }.`,
      );
  }
  if (event.kind !== "fault-planned") return;
  const planned = plan.faults.find(({ id }) => id === event.fault);
  if (planned === undefined) reasons.add(`The plan has no ${display(event.fault)}, which the history has.`);
  else if (planned.kind !== event.faultKind || planned.target !== event.target)
    reasons.add(
      `${display(event.fault)} of the history is ${display(event.faultKind)} of ${display(event.target)}; the plan's is ${planned.kind} of ${planned.target}.`,
    );
}

export function carriedOutReasons({ reasons }: CarriedOut): readonly string[] {
  return [...reasons];
}
