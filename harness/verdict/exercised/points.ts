import { parseNumbered } from "../../base/numbered.ts";
import type { HistoryEvent } from "../../model/event.ts";
import type { PipelineDescription } from "../../model/pipeline.ts";
import type { PlannedFault, Plan } from "../../model/plan.ts";
import { fieldOf } from "../../model/testimony-body.ts";

/** Which points of the commit cycle (point x stage) a fault hit: a task parked there, then the fault was applied. */
export interface Points {
  readonly all: readonly string[];
  readonly faults: ReadonlyMap<string, PlannedFault>;
  /** Members parked, `member point × stage`. */
  readonly parked: Set<string>;
  readonly hit: Set<string>;
}

export interface PointCoverage {
  readonly all: number;
  readonly exercised: readonly string[];
  readonly notSeen: readonly string[];
}

export function beginPoints(plan: Plan, description: PipelineDescription): Points {
  const stages = description.stages.map(({ name }) => name);
  return {
    all: stages.flatMap((stage) => description.points.map((point) => nameOf(point, stage))),
    faults: new Map(plan.faults.map((fault) => [fault.id, fault])),
    parked: new Set(),
    hit: new Set(),
  };
}

export function learnPoint(points: Points, event: HistoryEvent): void {
  if (event.kind === "testimony" && event.said === "at-point") {
    const point = fieldOf(event.body, "point");
    const stage = parseNumbered(event.task ?? "")?.name;
    if (typeof point === "string" && stage !== undefined) points.parked.add(`${event.member} ${nameOf(point, stage)}`);
  }
  if (event.kind !== "fault-applied") return;
  const trigger = points.faults.get(event.fault)?.trigger;
  if (trigger?.kind !== "point") return;
  const name = nameOf(trigger.point, trigger.stage);
  const isParked = event.targets.some((target) =>
    [...points.parked].some((parked) => parked.endsWith(` ${name}`) && target.includes(parked.split(" ")[0] ?? "?")),
  );
  if (isParked) points.hit.add(name);
}

export function pointCoverage({ all, hit }: Points): PointCoverage {
  return {
    all: all.length,
    exercised: all.filter((name) => hit.has(name)),
    notSeen: all.filter((name) => !hit.has(name)),
  };
}

function nameOf(point: string, stage: string): string {
  return `${point} × ${stage}`;
}
