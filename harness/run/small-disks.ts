import type { EnvironmentSpec } from "../model/environment.ts";
import type { PlannedFault } from "../model/plan.ts";
import { parseRole, roleSort } from "../model/role.ts";
import { catalogues } from "./catalogues.ts";

/** Whose disks the plan's faults fill: all of a sort, as who is meant by a role is known only when the fault fires. */
export function smallDisksOf(
  faults: readonly Pick<PlannedFault, "kind" | "target" | "params">[],
): NonNullable<EnvironmentSpec["smallDisks"]> {
  const needed = new Set(
    faults.flatMap(
      ({ kind, target, params }) => catalogues.faults.get(kind)?.needs(params, roleSort(parseRole(target))) ?? [],
    ),
  );
  return new Set((["member", "broker"] as const).filter((sort) => needed.has(`fill-disk-${sort}`)));
}
