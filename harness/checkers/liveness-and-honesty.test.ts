import { expect, test } from "vitest";
import type { EventBody } from "../model/event.ts";
import type { PlannedFault } from "../model/plan.ts";
import { findingOf } from "./findings.fixture.ts";
import { World } from "./hand-written.fixture.ts";
import { toyContext, toyPlan } from "./toy-pipeline.fixture.ts";
import { startChecks } from "./run.ts";

const waiting = (committedNext: number, lag: number): EventBody => ({
  kind: "gauge-lag",
  stage: "count",
  partition: 0,
  committedNext,
  lag,
});

test("LV1 flags a task that stands still with records waiting for longer than the gate's time-out", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  const since = world.event(waiting(3, 5));
  world.event(waiting(3, 5), 9_000);
  const until = world.event(waiting(3, 6), 2_000);
  world.event({ kind: "drain-failed", why: "lag" });
  expect(findingOf("LV1", world.batches).anomalies).toMatchObject([
    {
      sentence: "count-0 committed nothing for 11000 ms after the faults were over, with 6 committed records waiting.",
      evidence: [`e:${since}`, `e:${until}`],
    },
  ]);
});

test("LV1 lets a slow task be slow: each commit starts the clock anew, and so does the host factor", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  for (const next of [3, 4, 5, 6]) world.event(waiting(next, 5), 9_000);
  expect(findingOf("LV1", world.finish()).outcome).toBe("valid");
  const slow = new World();
  slow.event({ kind: "faults-over" });
  slow.event(waiting(3, 5));
  slow.event(waiting(3, 5), 15_000);
  expect(findingOf("LV1", slow.batches, { hostFactor: 2 }).outcome).toBe("unknown");
});

test("LV1 is unknown on a starved host, and before the faults are over", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  world.event(waiting(3, 5));
  for (let i = 0; i < 5; i++)
    world.event({ kind: "gauge-loop-delay", process: "harness", maxMs: 900, meanMs: 100 }, 1_000);
  world.event(waiting(3, 5), 20_000);
  expect(findingOf("LV1", world.batches)).toMatchObject({
    outcome: "unknown",
    why: expect.stringMatching(/host-overloaded/),
  });
  expect(findingOf("LV1", []).outcome).toBe("unknown");
});

const host = (foreignCpus: number): EventBody => ({ kind: "gauge-host", foreignCpus, cpus: 2 });
const crowd = "host-overloaded: other processes used up to 1.8 of 2 processors. Use a quieter machine.";

/** LV1 and HZ1 of a run whose task stood still while others used the host like this, one sample a second. */
function stoodStill(foreignCpus: readonly number[]): readonly (readonly [string, string | null])[] {
  const world = new World();
  world.event({ kind: "faults-over" });
  world.event(waiting(3, 5));
  for (const sample of foreignCpus) world.event(host(sample), 1_000);
  world.event(waiting(3, 5), 20_000);
  world.event({ kind: "drain-failed", why: "lag 5" });
  return ["LV1", "HZ1"].map((id) => findingOf(id, world.batches)).map(({ outcome, why }) => [outcome, why]);
}

test("LV1 is unknown, and HZ1 says so too, when others used more than half of the host for 5 s", () => {
  const [lv1, hz1] = stoodStill([1.2, 1.2, 1.8, 1.2, 1.2, 1.2]);
  expect(lv1).toEqual(["unknown", crowd]);
  expect(hz1).toEqual(["unknown", expect.stringContaining(crowd)]);
});

test("a host that others used by half, or for less than 5 s at a time, excuses nothing", () => {
  for (const foreignCpus of [
    [1, 1, 1, 1, 1, 1, 1],
    [2, 2, 2, 2, 2, 0.5, 2, 2, 2, 2, 2],
  ]) {
    const [lv1, hz1] = stoodStill(foreignCpus);
    expect(lv1).toEqual(["invalid", null]);
    expect(hz1?.[1]).not.toMatch(/host-overloaded/);
  }
});

test("LV1 names the crowded host beside a drain that failed before the time-out", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  for (let i = 0; i < 6; i++) world.event(host(1.8), 1_000);
  world.event({ kind: "drain-failed", why: "lag 5" });
  expect(findingOf("LV1", world.batches).why).toBe(
    `The groups did not drain (lag 5), but no task stood still for 10000 ms: raise the drain's deadline. ${crowd}`,
  );
});

test("a crowded host leaves a run alone that came to its end", () => {
  expect(reason([host(2), host(2), host(2), host(2), host(2), host(2), host(2)])).toBe(null);
});

test("LV2 is unknown, not invalid, on a crowded host", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "pending" });
  world.event({ kind: "faults-over" });
  for (let i = 0; i < 6; i++) world.event(host(1.8), 1_000);
  world.event({ kind: "run-phase", phase: "drain" }, 60_000);
  expect(findingOf("LV2", world.finish())).toMatchObject({ outcome: "unknown", why: crowd });
});

test.each(["LV1", "LV2"])(
  "%s is unknown, not invalid, in a run that was cut short: what ended it may hold members up",
  (id) => {
    const judged = (end: EventBody) => {
      const world = new World();
      world.input(0, "a");
      world.transact(0, { outcome: "pending" });
      world.event({ kind: "faults-over" });
      world.event(waiting(3, 5));
      world.event(waiting(3, 5), 60_000);
      world.event(end);
      return findingOf(id, world.finish());
    };
    expect(judged({ kind: "run-phase", phase: "final-read" }).outcome).toBe("invalid");
    expect(judged({ kind: "interrupted", why: "the daemon is gone" })).toMatchObject({
      outcome: "unknown",
      why: "The run was interrupted (the daemon is gone): let it end.",
      anomalies: [],
    });
  },
);

test("LV2 flags a transaction that stays open through the whole budget after heal", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "pending" });
  world.event({ kind: "faults-over" });
  world.event({ kind: "run-phase", phase: "drain" }, 60_000);
  expect(findingOf("LV2", world.finish()).anomalies).toMatchObject([
    {
      sentence: expect.stringMatching(/^A transaction of toy-count-0 was still open 60000 ms/),
      evidence: ["r:count-log-0@0", expect.stringMatching(/^e:/)],
    },
  ]);
});

test("LV2 is unknown while the budget lasts, valid when every partition is read to its end", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "pending" });
  expect(findingOf("LV2", world.finish()).outcome).toBe("unknown");
  const correct = new World();
  correct.input(0, "a");
  correct.transact(0);
  expect(findingOf("LV2", correct.finish())).toMatchObject({ outcome: "valid", examined: 8 });
});

/** HZ1's reason after these events in an otherwise orderly run. */
function reason(bodies: readonly EventBody[], faults: readonly PlannedFault[] = []): string | null {
  const world = new World();
  for (const body of bodies) world.event(body, 1_000);
  const finding = findingOf("HZ1", world.finish(), { plan: toyPlan({}, faults) });
  expect(finding.anomalies).toEqual([]);
  return finding.why;
}

const fault: PlannedFault = {
  id: "fault-1",
  kind: "pause",
  target: "member-1",
  pick: 0,
  trigger: { kind: "time", atMs: 0 },
  forMs: 1_000,
  params: {},
};
const active: EventBody = { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null };
const healed: EventBody = { kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: null };

test("HZ1 is valid on an orderly run with a proven fault", () => {
  expect(reason([active, healed], [fault])).toBe(null);
});

test("HZ1 says of each fault what was not proven", () => {
  expect(reason([], [fault])).toBe("fault-1 was not proven active: hold it longer, or change its trigger.");
  expect(reason([active], [fault])).toBe("fault-1 was not proven healed: give the run more time.");
  expect(reason([{ ...active, active: false }], [fault])).toMatch(/not proven active/);
  expect(reason([{ kind: "fault-unfired", fault: "fault-1", why: "no such point" }], [fault])).toMatch(/did not fire/);
});

test("HZ1 names what spoiled the run", () => {
  const said = (body: EventBody): string | null => reason([body]);
  expect(said({ kind: "tail-gap", topic: "out", partition: 0, from: 3, to: 5 })).toMatch(/lost out-0 from 3 to 5/);
  expect(said({ kind: "tail-failed", topic: "out", partition: 0, why: "gone" })).toMatch(/tail of out-0 failed/);
  expect(said({ kind: "clock-stepped", deltaMs: 5_000 })).toMatch(/clock stepped by 5000 ms/);
  expect(said({ kind: "drain-failed", why: "lag 3" })).toMatch(/did not drain \(lag 3\)/);
  expect(said({ kind: "defect", what: "boom", stack: null })).toMatch(/defect of rollproof/);
  expect(said({ kind: "interrupted", why: "SIGINT" })).toMatch(/interrupted \(SIGINT\)/);
  expect(said({ kind: "disk-copy-failed", member: "member-1", incarnation: 1, why: "full" })).toMatch(/not copied/);
});

test("HZ1 tells two versions of the same binary from two of different ones", () => {
  const plan = { ...toyPlan(), upgrade: [{ member: "member-1", from: "v1", to: "v2" }] };
  const outcome = (v1: string, v2: string): string => {
    const world = new World();
    for (const [version, sha256] of [
      ["v1", v1],
      ["v2", v2],
    ] as const)
      world.event({ kind: "process-started", process: "member-1", incarnation: 1, version, pid: 1, sha256 });
    world.event({ kind: "upgrade-step-settled", step: 0, member: "member-1" });
    return findingOf("HZ1", world.finish(), { plan }).outcome;
  };
  expect(outcome("aa", "bb")).toBe("valid");
  expect(outcome("aa", "aa")).toBe("unknown");
});

test("HZ1 is unknown for an overloaded member, not for one long pause", () => {
  const bad: EventBody = {
    kind: "testimony",
    member: "member-1",
    incarnation: 1,
    said: "loop-delay",
    task: null,
    body: { maxMs: 700, meanMs: 100 },
  };
  expect(reason([bad])).toBe(null);
  expect(reason([bad, bad, bad])).toMatch(/host-overloaded: the event loop of member-1/);
});

test("HZ1 finds a drain that ended although records wait", () => {
  const world = new World();
  world.input(0, "a");
  expect(findingOf("HZ1", world.finish()).why).toMatch(/records wait for count-0/);
});

test("HZ1 finds acknowledged records that are in no log", () => {
  const world = new World();
  const invoked = world.event({
    kind: "send-invoked",
    stream: "toy",
    topic: "in",
    partition: 0,
    indexes: [[0, 2]],
    count: 3,
  });
  world.event({ kind: "send-ok", invoked, baseOffset: 0 });
  expect(findingOf("HZ1", world.finish()).why).toMatch(/^3 records that a broker acknowledged are not in in-0/);
});

test("HZ1 is unknown for a history that is not whole, and for an empty one", () => {
  expect(findingOf("HZ1", new World().finish({ complete: false })).why).toMatch(/not whole/);
  expect(findingOf("HZ1", []).outcome).toBe("unknown");
});

test("a checker that throws is unknown with its stack, is not stepped again, and spoils no other", () => {
  let steps = 0;
  const broken = {
    id: "XX1",
    name: "broken",
    start: () => null,
    step(): null {
      steps += 1;
      throw new Error("out of ideas");
    },
    finish: () => ({
      invariant: "XX1",
      name: "broken",
      outcome: "valid" as const,
      examined: 1,
      unit: "nothing",
      why: null,
      anomalies: [],
    }),
  };
  const checks = startChecks(toyContext(), [broken]);
  for (const batch of new World().finish()) checks.step(batch);
  expect(steps).toBe(1);
  expect(checks.finish()).toMatchObject([
    { outcome: "unknown", why: expect.stringMatching(/out of ideas[^]*at Object\.step/) },
  ]);
});
