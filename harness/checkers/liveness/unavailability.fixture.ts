import type { EventBody } from "../../model/event.ts";
import type { Finding } from "../../model/finding.ts";
import type { PlannedFault } from "../../model/plan.ts";
import type { AvailabilitySpec } from "../../model/scenario.ts";
import { actBegan, actSettled, rolling } from "../../program/program.fixture.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import type { Around } from "../orderly-run.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

export const fault: PlannedFault = {
  id: "fault-1",
  kind: "pause",
  target: "member-2",
  pick: 0,
  trigger: { kind: "time", atMs: 0 },
  forMs: 1_000,
  params: {},
};

export interface Run {
  readonly availability?: AvailabilitySpec;
  readonly faults?: readonly PlannedFault[];
  readonly steps?: number;
  readonly hostFactor?: number;
  readonly around?: Around;
}

/** LV3 of an otherwise orderly run with these events. */
export function judged(
  write: (world: World) => void,
  { availability, faults, steps = 0, hostFactor, around }: Run = {},
): Finding {
  const world = new World();
  write(world);
  const rolled = rolling(Array.from({ length: steps }, (_, i) => `member-${i + 1}`));
  const plan = { ...toyPlan(availability === undefined ? {} : { availability }, faults), program: rolled };
  const batches = world.finish({}, { plan, ...around });
  return findingOf("LV3", batches, { plan, ...(hostFactor === undefined ? {} : { hostFactor }) });
}

export const outcomeOf = ({ outcome }: Finding): string => outcome;

export const journalled: EventBody = { kind: "fault-journalled", fault: "fault-1", targets: ["member-2"], undo: null };
export const active: EventBody = { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null };
export const healed: EventBody = { kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: null };

export const program = rolling(["member-1"]);
export const takenDown = [actBegan(program, "drain of member-1"), actSettled(program, "drain of member-1")];
export const gateSettled = actSettled(program, "gate of member-1");

/** A sample of count-0. */
export const waiting = (committedNext: number, lag = 5): EventBody => ({
  kind: "gauge-lag",
  stage: "count",
  partition: 0,
  committedNext,
  lag,
});
