import { unknownName } from "../base/did-you-mean.ts";
import type { Plan, PlannedFault } from "../model/plan.ts";
import { derivedDifferences } from "../plan/differences.ts";
import type { Misfit } from "../plan/plan-file.ts";
import { unsupported } from "../scenario/brokers.ts";
import { memberMisfits, pointMisfits, sortOf, targetMisfits, type FaultPlace } from "../scenario/fault-names.ts";
import { untold } from "../scenario/names.ts";
import { catalogues } from "./catalogues.ts";

/**
 * What a well-formed plan says that this rollproof would not: names that it does not know, and any difference from the plan that
 * the scenario and seed in it give. Such a plan was edited, or made by another version.
 */
export function planMisfits(plan: Plan): readonly Misfit[] {
  const { scenario, mutant, upgrade, faults } = plan;
  const { pipeline, members, brokers, workload } = scenario;
  const description = catalogues.pipelines.get(pipeline);
  if (description === undefined)
    return [
      { path: ["scenario", "pipeline"], message: unknownName("pipeline", pipeline, [...catalogues.pipelines.keys()]) },
    ];
  const place: FaultPlace = { description, members, brokers: brokers.length, partitions: workload.partitions };
  const version = (path: Misfit["path"], name: string): readonly Misfit[] => {
    const known = Object.keys(description.versions);
    return known.includes(name) ? [] : [{ path, message: unknownName(`version of ${description.name}`, name, known) }];
  };
  const names = [
    ...version(["scenario", "from"], scenario.from),
    ...version(["scenario", "to"], scenario.to),
    ...(mutant === null || description.mutants.includes(mutant)
      ? []
      : [{ path: ["mutant"], message: unknownName("mutant", mutant, description.mutants) }]),
    ...unsupported(scenario.features, brokers).map(({ feature, message }) => ({
      path: ["scenario", "features", feature],
      message,
    })),
    ...upgrade.flatMap(({ member, from, to }, i) => [
      ...memberMisfits(member, place).map((message) => ({ path: ["upgrade", i, "member"], message })),
      ...version(["upgrade", i, "from"], from),
      ...version(["upgrade", i, "to"], to),
    ]),
    ...(["warmRestores", "fencings"] as const).flatMap((key) =>
      description.speaks || scenario.exercised[key] === 0
        ? []
        : [{ path: ["scenario", "exercised", key], message: untold(description.name, key) }],
    ),
    ...faults.flatMap((fault, i) => faultMisfits(fault, i, place)),
  ];
  return names.length > 0 ? names : derivedDifferences(plan, description);
}

function faultMisfits(fault: PlannedFault, i: number, place: FaultPlace): readonly Misfit[] {
  const entry = catalogues.faults.get(fault.kind);
  const at = (key: keyof PlannedFault, messages: readonly string[]): readonly Misfit[] =>
    messages.map((message) => ({ path: ["faults", i, key], message }));
  if (entry === undefined) return at("kind", [unknownName("kind of fault", fault.kind, [...catalogues.faults.keys()])]);
  const sort = sortOf(fault.target, catalogues);
  return [
    ...at("target", "why" in sort ? [sort.why] : targetMisfits(fault, sort.sort, entry, place)),
    ...at("trigger", triggerMisfits(fault, place)),
    ...at(
      "params",
      paramsMisfits(() => entry.parseParams(fault.params)),
    ),
  ];
}

function triggerMisfits({ trigger }: PlannedFault, place: FaultPlace): readonly string[] {
  if (trigger.kind === "phase") return memberMisfits(trigger.member, place);
  if (trigger.kind !== "point") return [];
  const after = trigger.armAfterStepOf;
  return [...pointMisfits(trigger, place), ...(after === null ? [] : memberMisfits(after, place))];
}

function paramsMisfits(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
