import { RollproofError } from "../base/errors.ts";
import { environmentCapabilities } from "../environment/create.ts";
import type { Capability, ChosenEnvironment } from "../model/environment.ts";
import type { Plan, PlannedFault } from "../model/plan.ts";
import { parseRole, roleSort } from "../model/role.ts";
import { catalogues } from "./catalogues.ts";

/**
 * Refuses a plan, before anything is started, whose faults need what its environment lacks (`capability-missing`),
 * names an environment that has it, and says why this one was taken.
 */
export function preflight(
  plan: Plan,
  { kind, reason }: ChosenEnvironment,
  kinds: ReadonlyMap<string, ReadonlySet<Capability>> = environmentCapabilities,
): void {
  for (const fault of plan.faults)
    for (const capability of needsOf(fault)) {
      if (kinds.get(kind)?.has(capability) === true) continue;
      const others = [...kinds].flatMap(([name, has]) => (has.has(capability) ? [name] : []));
      throw new RollproofError(
        "capability-missing",
        `${fault.id} (${fault.kind} of ${fault.target}) needs ${capability}, which the environment ${kind} lacks.`,
        {
          remedy:
            others.length === 0
              ? "No environment of this version has it: leave the fault out."
              : `Run it with --environment ${others.join(" or ")}, which has it. (${reason})`,
        },
      );
    }
}

function needsOf({ kind, target, params, trigger }: PlannedFault): readonly Capability[] {
  const needs = catalogues.faults.get(kind)?.needs(params, roleSort(parseRole(target))) ?? [];
  return trigger.kind === "point" ? [...needs, "points"] : needs;
}
