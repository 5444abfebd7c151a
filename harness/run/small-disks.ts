import { catalogues } from "./catalogues.ts";
import type { PlannedFault } from "../model/plan.ts";

/** Whose disks the plan's faults fill: all of a sort, as who is meant by a role is known only when the fault fires. */
export function smallDisksOf(faults: readonly Pick<PlannedFault, "kind" | "target" | "params">[]) {
  const needed = new Set(
    faults.flatMap(
      ({ kind, target, params }) => catalogues.faults.get(kind)?.needs(params, catalogues.targetSort(target)) ?? [],
    ),
  );
  return new Set((["member", "broker"] as const).filter((sort) => needed.has(`fill-disk-${sort}`)));
}
