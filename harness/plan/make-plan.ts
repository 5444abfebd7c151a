import { unknownName } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";
import { drawFrom } from "../base/random.ts";
import { digestStream, streamRecords } from "../base/stream.ts";
import type { Draw, PipelineDescription } from "../model/pipeline.ts";
import { planVersion, type Plan, type PlannedFault, type PlannedTrigger } from "../model/plan.ts";
import { actOfPhase, type Program } from "../model/program.ts";
import {
  isRange,
  type FaultSpec,
  type Range,
  type Scenario,
  type Trigger,
  type UpgradePhase,
} from "../model/scenario.ts";
import { compile } from "../program/compile.ts";
import { compileBack, rollsBack } from "../program/way-back.ts";
import { counterpart, type Ways } from "../model/way-back.ts";
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
  const { count, sha256 } = digestStream(streamRecords(description, seed, scenario.workload));
  const upgrading = {
    members: Array.from({ length: scenario.members }, (_, i) => `member-${i + 1}`),
    from: scenario.from,
    to: scenario.to,
    upgrade: scenario.upgrade,
    flag: description.activate?.flag ?? null,
  };
  const program = compile(upgrading);
  const ways = rollsBack(scenario.upgrade) ? { program, back: compileBack(program, upgrading) } : { program };
  return {
    planVersion,
    seed,
    scenario,
    mutant,
    sends: [{ stream: description.workload.stream, count, sha256 }],
    ...ways,
    faults: scenario.faults.flatMap((fault, i) =>
      plannedFaults(fault, `fault-${i + 1}`, { ways, draw: drawFrom(`${seed}/faults/${i}`) }),
    ),
  };
}

interface Planning {
  readonly ways: Ways;
  readonly draw: Draw;
}

/** The fault and, where it comes again on the way back, another one. */
function plannedFaults(
  fault: FaultSpec<number | Range>,
  id: string,
  { ways, draw }: Planning,
): readonly PlannedFault[] {
  const first = plannedFault(fault, id, { ways, draw });
  const isRecurring = "occurrence" in fault.trigger && first.trigger.kind === "act";
  const again = isRecurring ? counterpart(ways, first.trigger.act) : undefined;
  if (again === undefined) return [first];
  const trigger = {
    kind: "act",
    act: again.id,
    delayMs: "delayMs" in fault.trigger ? fault.trigger.delayMs : 0,
  } as const;
  return [first, plannedFault({ ...fault, trigger }, `${id}-back`, { ways, draw: draw.fork("back") })];
}

function plannedFault(fault: FaultSpec<number | Range>, id: string, { ways, draw }: Planning): PlannedFault {
  return {
    id,
    kind: fault.kind,
    target: fault.target,
    pick: draw.fork("pick").integer(0, pickMax),
    trigger: plannedTrigger(fault.trigger, { ways, draw: draw.fork("trigger") }),
    forMs: fault.forMs === null ? null : drawn(fault.forMs, draw.fork("for")),
    params: Object.fromEntries(
      Object.entries(fault.params).map(([name, value]) => [
        name,
        isRange(value) ? drawn(value, draw.fork(`params/${name}`)) : value,
      ]),
    ),
  };
}

function plannedTrigger(trigger: Trigger<number | Range>, { ways: { program }, draw }: Planning): PlannedTrigger {
  switch (trigger.kind) {
    case "time":
      return { ...trigger, atMs: drawn(trigger.atMs, draw.fork("at")) };
    case "progress":
      return { ...trigger, commits: drawn(trigger.commits, draw.fork("commits")) };
    case "journal":
      return trigger;
    case "phase": {
      const act = actId(program, trigger.member, trigger.phase);
      return { kind: "act", act, delayMs: drawn(trigger.delayMs, draw.fork("delay")) };
    }
    case "act":
      return { kind: "act", act: trigger.act, delayMs: drawn(trigger.delayMs, draw.fork("delay")) };
    case "point": {
      const { armAfterStepOf, ...rest } = trigger;
      return {
        ...rest,
        nth: drawn(trigger.nth, draw.fork("nth")),
        armAfterMs: drawn(trigger.armAfterMs, draw.fork("arm-after")),
        armAfterAct: armAfterStepOf === null ? null : actId(program, armAfterStepOf, "gate"),
      };
    }
    default:
      return trigger satisfies never;
  }
}

/** A member that the program does not replace has no such act: the trigger never comes, and the fault is told unfired. */
function actId(program: Program, member: string, phase: UpgradePhase): string {
  return actOfPhase(program, member, phase)?.id ?? `${phase} of ${member}`;
}

function drawn(value: number | Range, draw: Draw): number {
  return typeof value === "number" ? value : draw.integer(value.min, value.max);
}
