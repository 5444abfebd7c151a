import { expect, test } from "vitest";
import type { Finding } from "../../model/finding.ts";
import type { UpgradePhase } from "../../model/scenario.ts";
import { actBegan, actSettled } from "../../program/program.fixture.ts";
import type { World } from "../hand-written.fixture.ts";
import {
  active,
  fault,
  gateSettled,
  healed,
  journalled,
  judged,
  outcomeOf,
  program,
  takenDown,
  waiting,
  type Run,
} from "./unavailability.fixture.ts";

interface Standing extends Run {
  readonly withFault?: boolean;
  readonly before?: (world: World) => void;
}

/** A roll in which count-0 stands still for so long; with a fault over its first half, and what came before the roll. */
function stood(seconds: number, { withFault = false, before, ...run }: Standing = {}): Finding {
  return judged(
    (world) => {
      before?.(world);
      for (const event of takenDown) world.event(event);
      if (withFault) world.event(journalled);
      if (withFault) world.event(active);
      world.event(waiting(3));
      for (let i = 1; i <= seconds; i++) {
        if (withFault && i === Math.ceil(seconds / 2)) world.event(healed);
        world.event(waiting(3), 1_000);
      }
      world.event(waiting(8, 0), 1_000);
      world.event(gateSettled);
    },
    { steps: 1, ...(withFault ? { faults: [fault] } : {}), ...run },
  );
}

test("LV3 flags a task that commits nothing for longer than the budget, in a time without a fault", () => {
  expect(stood(26)).toMatchObject({
    outcome: "invalid",
    anomalies: [
      {
        sentence:
          "count-0 committed nothing for 26000 ms during the roll, without a fault, with 5 committed records waiting.",
        task: "count-0",
      },
    ],
  });
  expect([stood(25), stood(60, { withFault: true }), stood(40, { hostFactor: 2 })].map(outcomeOf)).toEqual([
    "valid",
    "valid",
    "valid",
  ]);
  expect(outcomeOf(stood(90, { withFault: true }))).toBe("invalid");
});

test("LV3 lets a pipeline wait for twice as long as it does before the roll, unless the scenario declares a gap", () => {
  const slowly = (world: World): void => {
    for (const next of [1, 2]) for (let i = 0; i < 30; i += 1) world.event(waiting(next), 1_000);
  };
  const run = { before: slowly, around: { without: ["upgrade-act-began"] } } as const;
  const gap = { availability: { gapMs: 20_000 } };
  const accused = [stood(40, run), stood(61, run), stood(40, { ...run, ...gap })].map(
    ({ anomalies }) => anomalies.length > 0,
  );
  expect(accused).toEqual([false, true, true]);
});

test("LV3 holds a gap that the scenario declares under its faults, too", () => {
  const availability = { gapMs: 20_000 };
  expect([stood(19, { availability }), stood(20, { availability, withFault: true })].map(outcomeOf)).toEqual([
    "valid",
    "invalid",
  ]);
});

/** A step in which the group has so many new generations, and the task of partition 0 so many new owners. */

test("LV3 holds a gap that is declared for a part of a replacement to the time of that part alone", () => {
  /** count-0 stands still for 10 s before the act and for so long in it. */
  const inAct = (act: string, seconds: number, gapInMs: Readonly<Partial<Record<UpgradePhase, number>>>): Finding =>
    judged(
      (world) => {
        for (const event of takenDown) world.event(event);
        for (let i = 0; i < 10; i += 1) world.event(waiting(3), 1_000);
        world.event(actBegan(program, act));
        for (let i = 0; i < seconds; i += 1) world.event(waiting(3), 1_000);
        world.event(actSettled(program, act));
        for (let i = 0; i < 10; i += 1) world.event(waiting(3), 1_000);
        world.event(waiting(8, 0), 1_000);
        world.event(gateSettled);
      },
      { steps: 1, availability: { gapMs: 60_000, gapInMs } },
    );
  const budget = { restore: 5_000 };
  expect(inAct("restore of member-1", 5, budget)).toMatchObject({
    outcome: "invalid",
    anomalies: [
      { sentence: "count-0 committed nothing for 5000 ms in restore of member-1, with 5 committed records waiting." },
    ],
  });
  expect(
    [inAct("restore of member-1", 4, budget), inAct("rejoin of member-1", 9, budget)].map(
      ({ anomalies }) => anomalies.length,
    ),
  ).toEqual([0, 0]);
});
