import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import type { PlannedFault } from "../../model/plan.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyContext, toyPlan } from "../toy-pipeline.fixture.ts";
import { beginChecks } from "../run.ts";
import { actSettled, rolling } from "../../program/program.fixture.ts";

/** HZ1's reason after these events in an otherwise orderly run. */
function reason(bodies: readonly EventBody[], faults: readonly PlannedFault[] = []): string | null {
  const world = new World();
  for (const body of bodies) world.event(body, 1_000);
  const plan = toyPlan({}, faults);
  const finding = findingOf("HZ1", world.finish({}, { plan }), { plan });
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

test("HZ1 says one gap in a hundred places once, with the first place and how many more", () => {
  const gaps = Array.from({ length: 100 }, (_, i) => ({
    what: "the tail lost records",
    topic: "out",
    partition: i % 2,
    from: i,
    to: i,
  }));
  expect(findingOf("HZ1", new World().finish({ gaps })).why).toBe(
    "Evidence is missing in out-0 from 0 to 0: the tail lost records. Run again. (99 more like it.)",
  );
});

test("HZ1 names what spoiled the run", () => {
  const said = (body: EventBody): string | null => reason([body]);
  expect(said({ kind: "tail-gap", topic: "out", partition: 0, from: 3, to: 5 })).toMatch(/lost out-0 from 3 to 5/);
  expect(said({ kind: "tail-failed", topic: "out", partition: 0, why: "gone" })).toMatch(/tail of out-0 failed/);
  expect(said({ kind: "clock-stepped", deltaMs: 5_000 })).toMatch(/clock stepped by 5000 ms/);
  expect(said({ kind: "drain-failed", why: "lag 3" })).toMatch(/did not drain \(lag 3\)/);
  expect(said({ kind: "defect", what: "boom", stack: null })).toMatch(/defect of rollproof/);
  expect(said({ kind: "interrupted", why: "SIGINT" })).toMatch(/ended early \(SIGINT\)/);
  expect(said({ kind: "disk-copy-failed", member: "member-1", incarnation: 1, why: "full" })).toMatch(/not copied/);
});

test("a flood of output is a doubt where stdout is evidence, and named where it is none", () => {
  const flood = { kind: "output-dropped", member: "member-2", incarnation: 1 } as const;
  const world = new World();
  world.event({ ...flood, bytes: 10, testimonies: 0 }, 1_000);
  world.event({ ...flood, bytes: 3_000_000, testimonies: 70 }, 1_000);
  const batches = world.finish();
  const sentence =
    "member-2 (incarnation 1) flooded its output: 3000000 bytes and 70 testimonies were dropped, so its testimony is incomplete. Print less: 1 MiB a second, lines of 64 KiB, and 200 testimonies a second are kept.";
  const { description } = toyContext();
  expect(findingOf("HZ1", batches, { description: { ...description, speaks: true } })).toMatchObject({
    outcome: "unknown",
    why: sentence,
  });
  expect(findingOf("HZ1", batches, { description: { ...description, speaks: false } })).toMatchObject({
    outcome: "valid",
    why: sentence.replace("testimony is incomplete", "log is incomplete; no evidence is"),
  });
});

const crowded: EventBody = { kind: "gauge-host", foreignCpus: 2, cpus: 2 };

test("a crowded host leaves a run alone that came to its end", () => {
  expect(reason([crowded, crowded, crowded, crowded, crowded, crowded, crowded])).toBe(null);
});
test("HZ1 tells two versions of the same binary from two of different ones", () => {
  const program = rolling(["member-1"]);
  const plan = { ...toyPlan(), program };
  const outcome = (v1: string, v2: string): string => {
    const world = new World();
    const lives = [
      ["member-1", 1, "v1", v1],
      ["member-2", 1, "v1", v1],
      ["member-1", 2, "v2", v2],
    ] as const;
    for (const [process, incarnation, version, sha256] of lives)
      world.event({ kind: "process-started", process, incarnation, version, pid: 1, sha256 });
    world.event(actSettled(program, "gate of member-1"));
    return findingOf("HZ1", world.finish({}, { plan }), { plan }).outcome;
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

test("one stall of 2 s is as bad as a streak, for the harness and for a member that no fault holds", () => {
  const stall = (maxMs: number): EventBody => ({ kind: "gauge-loop-delay", process: "harness", maxMs, meanMs: 1 });
  const filler: EventBody = { kind: "gauge-host", foreignCpus: 0, cpus: 2 };
  expect(reason([filler, stall(1_900), filler])).toBe(null);
  expect(reason([filler, stall(2_100), filler])).toMatch(/^host-overloaded: the event loop of harness .* 2100 ms/);
  const held: EventBody = {
    kind: "testimony",
    member: "member-1",
    incarnation: 1,
    said: "loop-delay",
    task: null,
    body: { maxMs: 5_000, meanMs: 1 },
  };
  expect(reason([filler, held])).toMatch(/^host-overloaded: the event loop of member-1/);
  const journalled: EventBody = { kind: "fault-journalled", fault: "fault-1", targets: ["member-1"], undo: null };
  expect(reason([journalled, active, healed, held], [fault])).toBe(null);
});

test("a stop of the harness is told once: the silence that its own sample explains is no second reason", () => {
  const world = new World();
  const sample = (maxMs: number, afterMs: number): void => {
    world.event({ kind: "gauge-loop-delay", process: "harness", maxMs, meanMs: 1 }, afterMs);
    world.event({ kind: "gauge-host", foreignCpus: 0, cpus: 2 });
  };
  for (const [maxMs, afterMs] of [
    [1, 1_000],
    [4_950, 5_400],
    [1, 1_000],
  ] as const)
    sample(maxMs, afterMs);
  expect(findingOf("HZ1", world.finish()).why).toMatch(
    /^host-overloaded: the event loop of harness stood still for up to 4950 ms[^:]*$/,
  );
});

test("a harness that was stopped is seen by its silence alone", () => {
  const sample: EventBody = { kind: "gauge-loop-delay", process: "harness", maxMs: 1, meanMs: 1 };
  const world = new World();
  for (const afterMs of [1_000, 1_000, 5_000, 1_000]) world.event(sample, afterMs);
  expect(findingOf("HZ1", world.finish()).why).toBe("The history lacks gauge-loop-delay of 2.0 s to 7.0 s: run again.");
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
  const lost = {
    what: "history file out-0.log, byte 9: It was not read.",
    topic: "out",
    partition: 0,
    from: 3,
    to: null,
  };
  const cut = new World();
  cut.event({ kind: "clock-stepped", deltaMs: 5_000 });
  expect(findingOf("HZ1", cut.finish({ complete: false, gaps: [lost] })).why).toMatch(
    /^The history is not whole: .*\. Evidence is missing in out-0 from 3 to its end: history file out-0\.log, byte 9: It was not read\. Run again\. .*clock stepped/u,
  );
  expect(findingOf("HZ1", []).outcome).toBe("unknown");
});

test("a checker that throws is unknown with its stack, is not stepped again, and spoils no other", () => {
  let steps = 0;
  const broken = {
    id: "XX1",
    name: "broken",
    begin: () => null,
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
  const checks = beginChecks(toyContext(), [broken]);
  for (const batch of new World().finish()) checks.step(batch);
  expect(steps).toBe(1);
  expect(checks.finish()).toMatchObject([
    { outcome: "unknown", why: expect.stringMatching(/out of ideas[^]*at Object\.step/) },
  ]);
});
