import { unknownName } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";
import { drawFrom } from "../base/random.ts";
import { digestStream, streamRecords } from "../base/stream.ts";
import type { Draw, PipelineDescription } from "../model/pipeline.ts";
import { planVersion, type Plan, type PlannedFault } from "../model/plan.ts";
import { isRange, type FaultSpec, type Range, type Scenario, type Trigger } from "../model/scenario.ts";
import { parseSeed } from "./seed.ts";

export interface PlanOptions {
  readonly seed: string;
  readonly description: PipelineDescription;
  /** A planted bug in place of the scenario's own: its name, or null for the correct pipeline; undefined: the scenario's. */
  readonly mutant?: string | null | undefined;
}

const pickMax = 999_999;

/**
 * Scenario + seed with nothing random left. Chance forks by name (`seed/faults/0/for` …), so that one thing more never
 * shifts what another draws. Pure. Throws `usage` for an unknown mutant or a seed that is none.
 */
export function makePlan(scenario: Scenario, options: PlanOptions): Plan {
  const { description } = options;
  const seed = parseSeed(options.seed);
  const mutant = options.mutant === undefined ? scenario.mutant : options.mutant;
  if (mutant !== null && !description.mutants.includes(mutant))
    throw new RollproofError(
      "usage",
      `For ${description.name} ${unknownName("mutant", mutant, description.mutants)}.`,
      {
        remedy: "Name one of these, or `none` for the correct pipeline; `rollproof list` shows them.",
      },
    );
  const { count, sha256 } = digestStream(streamRecords(description.workload, seed, scenario.workload));
  const members = Array.from({ length: scenario.members }, (_, i) => `member-${i + 1}`);
  return {
    planVersion,
    seed,
    scenario,
    mutant,
    sends: [{ stream: description.workload.stream, count, sha256 }],
    upgrade: members.map((member) => ({ member, from: scenario.from, to: scenario.to })),
    faults: scenario.faults.map((fault, i) => plannedFault(fault, i, drawFrom(`${seed}/faults/${i}`))),
  };
}

function plannedFault(fault: FaultSpec<number | Range>, i: number, draw: Draw): PlannedFault {
  return {
    id: `fault-${i + 1}`,
    kind: fault.kind,
    target: fault.target,
    pick: draw.fork("pick").integer(0, pickMax),
    trigger: plannedTrigger(fault.trigger, draw.fork("trigger")),
    forMs: fault.forMs === null ? null : drawn(fault.forMs, draw.fork("for")),
    params: Object.fromEntries(
      Object.entries(fault.params).map(([name, value]) => [
        name,
        isRange(value) ? drawn(value, draw.fork(`params/${name}`)) : value,
      ]),
    ),
  };
}

function plannedTrigger(trigger: Trigger<number | Range>, draw: Draw): Trigger {
  switch (trigger.kind) {
    case "time":
      return { ...trigger, atMs: drawn(trigger.atMs, draw.fork("at")) };
    case "progress":
      return { ...trigger, commits: drawn(trigger.commits, draw.fork("commits")) };
    case "phase":
      return { ...trigger, delayMs: drawn(trigger.delayMs, draw.fork("delay")) };
    case "point":
      return {
        ...trigger,
        nth: drawn(trigger.nth, draw.fork("nth")),
        armAfterMs: drawn(trigger.armAfterMs, draw.fork("arm-after")),
      };
    default:
      return trigger satisfies never;
  }
}

function drawn(value: number | Range, draw: Draw): number {
  return typeof value === "number" ? value : draw.integer(value.min, value.max);
}
