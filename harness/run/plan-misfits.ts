import { unknownName } from "../base/did-you-mean.ts";
import type { Plan, PlannedFault } from "../model/plan.ts";
import { derivedDifferences } from "../plan/differences.ts";
import type { Misfit } from "../plan/plan-file.ts";
import { unsupported } from "../scenario/brokers.ts";
import {
  actMisfits,
  memberMisfits,
  pointMisfits,
  roleOf,
  targetMisfits,
  type FaultPlace,
} from "../scenario/fault-names.ts";
import { noWarmRestores } from "../scenario/names.ts";
import { catalogues } from "./catalogues.ts";

/**
 * What a well-formed plan says that this rollproof would not: names that it does not know, and any difference from the plan that
 * the scenario and seed in it give. Such a plan was edited, or made by another version.
 */
export function planMisfits(plan: Plan): readonly Misfit[] {
  const { scenario, mutant, program, back, faults } = plan;
  const { pipeline, members, brokers, workload, exercised } = scenario;
  const description = catalogues.pipelines.get(pipeline);
  if (description === undefined)
    return [
      { path: ["scenario", "pipeline"], message: unknownName("pipeline", pipeline, [...catalogues.pipelines.keys()]) },
    ];
  const place: FaultPlace = {
    description,
    members,
    brokers: brokers.length,
    partitions: workload.partitions,
    ways: plan,
    rollBackAfter: scenario.upgrade.rollBackAfter,
  };
  const version = (path: Misfit["path"], name: string): readonly Misfit[] => {
    const known = Object.keys(description.versions);
    return known.includes(name) ? [] : [{ path, message: unknownName(`version of ${description.name}`, name, known) }];
  };
  const untold = noWarmRestores(description);
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
    ...Object.entries({ program, back: back ?? [] }).flatMap(([way, acts]) =>
      acts.flatMap((act, i) => [
        ...act.members.flatMap((member, j) =>
          memberMisfits(member, place).map((message) => ({ path: [way, i, "members", j], message })),
        ),
        ...("version" in act && act.version !== null ? version([way, i, "version"], act.version) : []),
      ]),
    ),
    ...(untold === null || Math.max(exercised.warmRestores, exercised.lowered?.warmRestores?.atLeast ?? 0) === 0
      ? []
      : [{ path: ["scenario", "exercised", "warmRestores"], message: untold }]),
    ...faults.flatMap((fault, i) => faultMisfits(fault, i, place)),
  ];
  return names.length > 0 ? names : derivedDifferences(plan, description);
}

function faultMisfits(fault: PlannedFault, i: number, place: FaultPlace): readonly Misfit[] {
  const entry = catalogues.faults.get(fault.kind);
  const at = (key: keyof PlannedFault, messages: readonly string[]): readonly Misfit[] =>
    messages.map((message) => ({ path: ["faults", i, key], message }));
  if (entry === undefined) return at("kind", [unknownName("kind of fault", fault.kind, [...catalogues.faults.keys()])]);
  const target = roleOf(fault.target);
  return [
    ...at("target", "why" in target ? [target.why] : targetMisfits(fault, target.role, entry, place)),
    ...at("trigger", triggerMisfits(fault, place)),
    ...at(
      "params",
      paramsMisfits(() => entry.parseParams(fault.params)),
    ),
  ];
}

function triggerMisfits({ trigger }: PlannedFault, place: FaultPlace): readonly string[] {
  if (trigger.kind === "act") return actMisfits(trigger.act, place);
  if (trigger.kind === "journal") return trigger.act === null ? [] : actMisfits(trigger.act, place);
  if (trigger.kind !== "point") return [];
  const after = trigger.armAfterAct;
  return [...pointMisfits(trigger, place), ...(after === null ? [] : actMisfits(after, place))];
}

function paramsMisfits(parse: () => unknown): readonly string[] {
  try {
    parse();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
