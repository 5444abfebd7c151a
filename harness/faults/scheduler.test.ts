import { mkdtempSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memberId } from "../model/brand.ts";
import type { PlannedFault, PlannedTrigger } from "../model/plan.ts";
import { FakeRun } from "./fake-run.fixture.ts";
import { outstandingFaults } from "./journal.ts";
import { actBegan, actSettled, rolling } from "../program/program.fixture.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-scheduler-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function pauseOf(id: string, target: string, trigger: PlannedTrigger, forMs: number | null = 20): PlannedFault {
  return { id, kind: "pause", target, pick: 0, trigger, forMs, params: {} };
}

const point: PlannedTrigger = {
  kind: "point",
  point: "after-send",
  stage: "settlement",
  partition: 2,
  nth: 3,
  armAfterMs: 0,
  armAfterAct: null,
};
const wholeLife = [
  "fault-planned",
  "fault-journalled",
  "fault-applied",
  "fault-probed-active",
  "fault-healed",
  "fault-probed-healed",
];
const program = rolling(["member-2"]);

test("a time after the first send leads a fault through its whole life", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 30 })]);
  await sleep(40);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  run.record({ kind: "time-zero" });
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
  expect(run.events.filter((event) => event.kind === "fault-probed-active")).toMatchObject([
    { active: true, proof: { process: "member-1", state: "stopped" } },
  ]);
  expect(run.events.at(-1)).toMatchObject({ kind: "fault-probed-healed", healed: true, proof: { state: "running" } });
});

test("progress counts commits from the first send", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "progress", commits: 10 })]);
  run.commits(7);
  run.record({ kind: "time-zero" });
  run.commits(16);
  await sleep(10);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  run.commits(17);
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("a record of the upgrade's journal lets its faults come before anything else is done, once", async () => {
  const run = new FakeRun(directory);
  const trigger: PlannedTrigger = { kind: "journal", entry: "act-began", act: "start of member-2" };
  await using faults = await run.start([pauseOf("fault-1", "coordinator", trigger)]);
  const append = async (entry: string, act: string): Promise<void> => {
    run.record({ kind: "upgrade-journalled", epoch: 1, entry, act });
    await faults.journalled({ entry, act });
  };
  run.record({ kind: "time-zero" });
  await append("act-settled", "start of member-2");
  await append("act-began", "stop of member-2");
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  await append("act-began", "start of member-2");
  expect(run.lifeOf("fault-1").slice(0, 4)).toEqual(wholeLife.slice(0, 4));
  await append("act-began", "start of member-2");
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("the barrier of an act waits for its faults, their delay included, and for nobody else's", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([
    pauseOf("fault-1", "member-1", { kind: "act", act: "restore of member-2", delayMs: 30 }),
    pauseOf("fault-2", "member-1", { kind: "time", atMs: 60_000 }),
  ]);
  run.record({ kind: "time-zero" });
  run.record(actBegan(program, "drain of member-2"));
  await faults.settled("drain of member-2");
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  run.record(actBegan(program, "restore of member-2"));
  await faults.settled("restore of member-2");
  expect(run.lifeOf("fault-1").slice(0, 4)).toEqual(wholeLife.slice(0, 4));
});

test("a point is armed at whoever plays the role, and fires when that member's task is parked", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "owner of by-merchant-2", point)]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  run.owner = memberId("member-2");
  run.atPoint("member-1", "velocity-2");
  run.record({ kind: "testimony", member: "member-2", incarnation: 1, said: "opened", task: "settlement-2", body: {} });
  await sleep(5);
  run.atPoint("member-1", "settlement-2");
  run.atPoint("member-2", "settlement-1");
  await sleep(5);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  run.atPoint("member-2", "settlement-2");
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
  expect(run.asked).toEqual([
    "arm member-1 after-send settlement 2 3",
    "release member-1 while running",
    "arm member-2 after-send settlement 2 3",
    "release member-2 while running",
  ]);
});

test("a point without a partition fires when no further task of the member comes to park", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { ...point, partition: null })]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  run.atPoint("member-1", "settlement-0");
  await sleep(30);
  run.atPoint("member-1", "settlement-1");
  await sleep(30);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("a point is armed anew in the member's next life and after another fault's release", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([
    pauseOf("fault-1", "member-1", point),
    pauseOf("fault-2", "member-1", { ...point, stage: "velocity" }),
  ]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  run.record({ kind: "process-started", process: "member-1", incarnation: 2, version: "v2", pid: 1, sha256: null });
  await sleep(5);
  run.atPoint("member-1", "settlement-2");
  await run.seen("fault-probed-healed", "fault-1");
  await sleep(5);
  run.record({
    kind: "testimony",
    member: "member-1",
    incarnation: 2,
    said: "opened",
    task: "velocity-2",
    body: {},
  });
  await faults.allOver(0);
  const [settlement, velocity] = ["settlement", "velocity"].map((stage) => `arm member-1 after-send ${stage} 2 3`);
  const released = "release member-1 while running";
  expect(run.asked).toEqual([settlement, velocity, settlement, velocity, released, velocity, released]);
});

test("a parked member that dies before its fault lands is parked anew in its next life", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { ...point, partition: null })]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  run.atPoint("member-1", "settlement-0");
  run.become("member-1", "gone");
  await sleep(80);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned"]);
  run.become("member-1", "running");
  run.record({ kind: "process-started", process: "member-1", incarnation: 2, version: "v1", pid: 1, sha256: null });
  run.atPoint("member-1", "settlement-0");
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("a point may be armed only once an act of the upgrade has settled", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { ...point, armAfterAct: "gate of member-2" })]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  expect(run.asked).toEqual([]);
  run.record(actSettled(program, "gate of member-2"));
  await sleep(5);
  expect(run.asked).toEqual(["arm member-1 after-send settlement 2 3"]);
  await faults.heal();
});

test("a fault whose trigger never came is unfired at the end of the roll, and its point is let go", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([
    pauseOf("fault-1", "member-1", { kind: "time", atMs: 60_000 }),
    pauseOf("fault-2", "member-1", point),
  ]);
  run.record({ kind: "time-zero" });
  await sleep(5);
  await faults.allOver(10);
  const why = "the roll was over before its trigger came";
  expect(["fault-1", "fault-2"].map((fault) => run.lifeOf(fault))).toEqual([
    ["fault-planned", "fault-unfired"],
    ["fault-planned", "fault-unfired"],
  ]);
  expect(run.events.filter((event) => event.kind === "fault-unfired").map((event) => event.why)).toEqual([why, why]);
  expect(run.asked.at(-1)).toBe("release member-1 while running");
});

test("two faults on one process take turns", async () => {
  const run = new FakeRun(directory);
  const atOnce: PlannedTrigger = { kind: "time", atMs: 0 };
  await using faults = await run.start([
    pauseOf("fault-1", "member-1", atOnce, 60),
    pauseOf("fault-2", "any member", atOnce),
  ]);
  run.record({ kind: "time-zero" });
  await faults.allOver(1_000);
  const order = run.events
    .filter((event) => event.kind === "fault-applied" || event.kind === "fault-probed-healed")
    .map((event) => `${event.kind} ${event.fault}`);
  expect(order).toEqual([
    "fault-applied fault-1",
    "fault-probed-healed fault-1",
    "fault-applied fault-2",
    "fault-probed-healed fault-2",
  ]);
});

test("a fault without an end holds until the fault phase is over", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 }, null)]);
  run.record({ kind: "time-zero" });
  await run.seen("fault-probed-active", "fault-1");
  await sleep(30);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife.slice(0, 4));
  await faults.allOver(0);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("an interrupted run heals what is in force", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 }, 60_000)]);
  run.record({ kind: "time-zero" });
  await run.seen("fault-probed-active", "fault-1");
  run.interrupt();
  await faults.heal();
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("a fault that has no effect is recorded as not active", async () => {
  const run = new FakeRun(directory);
  run.lies = true;
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 })]);
  run.record({ kind: "time-zero" });
  await faults.allOver(5_000);
  expect(run.events.find((event) => event.kind === "fault-probed-active")).toMatchObject({
    active: false,
    proof: { last: { state: "running" } },
  });
});

test("a fault in force is healed, and not called unfired, when nobody can say how its target is", async () => {
  const run = new FakeRun(directory);
  using _ = run.subscribe(({ kind }) => {
    if (kind === "fault-probed-active") run.isUnknown = true;
    if (kind === "fault-healed") run.isUnknown = false;
  });
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 })]);
  run.record({ kind: "time-zero" });
  await faults.allOver(5_000);
  expect(run.lifeOf("fault-1")).toEqual(wholeLife);
});

test("a role that nobody plays leaves the fault unfired with the role's name", async () => {
  const run = new FakeRun(directory);
  await using faults = await run.start([
    pauseOf("fault-1", "leader of settlements-0", { kind: "act", act: "gate of member-2", delayMs: 0 }),
  ]);
  run.record(actBegan(program, "gate of member-2"));
  const settled = faults.settled("gate of member-2");
  await sleep(30);
  await faults.heal();
  await settled;
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned", "fault-unfired"]);
});

test("a hold is stretched by the host factor, as the time-outs are that it has to outlast", async () => {
  const run = new FakeRun(directory); // its factor is a tenth
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 }, 5_000)]);
  run.record({ kind: "time-zero" });
  await run.seen("fault-probed-active", "fault-1");
  const began = performance.now();
  await run.seen("fault-healed", "fault-1");
  expect(performance.now() - began).toBeGreaterThan(400);
  await faults.allOver(1_000);
});

test("an act that came too late may still come: the fault is not healed, and stays in the journal", async () => {
  const run = new FakeRun(directory);
  run.isLate = true;
  await using faults = await run.start([pauseOf("fault-1", "member-1", { kind: "time", atMs: 0 })]);
  run.record({ kind: "time-zero" });
  await faults.allOver(1_000);
  expect(run.lifeOf("fault-1")).toEqual(["fault-planned", "fault-journalled", "fault-probed-healed", "fault-unfired"]);
  expect(run.events).toContainEqual(expect.objectContaining({ kind: "fault-probed-healed", healed: false }));
  expect(outstandingFaults(directory)).toMatchObject([{ fault: "fault-1" }]);
});
