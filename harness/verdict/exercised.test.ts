import { expect, test } from "vitest";
import { World } from "../checkers/hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import type { EventBody, Json } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { beginFencings, learnFencing } from "./exercised/fencings.ts";
import { beginExercised, type ExercisedSeen } from "./exercised.ts";
import { actBegan, actSettled, rolling } from "../program/program.fixture.ts";

function seenIn(world: World, plan: Plan = toyPlan()): ExercisedSeen {
  const fold = beginExercised({ plan, description: toyDescription });
  for (const batch of world.finish()) fold.step(batch);
  return fold.finish();
}

function countOf(kind: string, world: World): number | undefined {
  return seenIn(world).counts.find((count) => count.kind === kind && count.of === null)?.seen;
}

function commit(world: World, p: number): void {
  world.input(p, "a");
  world.transact(p);
}

const testimony = (said: string, body: Json, incarnation = 1): EventBody => ({
  kind: "testimony",
  member: "member-1",
  incarnation,
  said,
  task: "count-0",
  body,
});

const killed: EventBody = {
  kind: "process-ended",
  process: "member-1",
  incarnation: 1,
  code: null,
  signal: "SIGKILL",
  cause: "fault",
};

test("commits at mixed versions lie between the first of the new and the last of the old", () => {
  const world = new World();
  commit(world, 0);
  commit(world, 1);
  world.open(0, { version: "v2", incarnation: 2 });
  commit(world, 0);
  commit(world, 1);
  commit(world, 0);
  commit(world, 1);
  world.open(1, { version: "v2", incarnation: 2 });
  commit(world, 1);
  expect(countOf("mixedVersionCommits", world)).toBe(4);
});

test("once the upgrade has turned back they lie between the first of the old and the last of the new", () => {
  const world = new World();
  commit(world, 0);
  world.open(0, { version: "v2", incarnation: 2 });
  commit(world, 0);
  commit(world, 1); // mixed on the way forward: these two
  world.event({ kind: "roll-back-began", act: "gate of member-1", why: "" });
  commit(world, 0);
  commit(world, 1);
  commit(world, 0); // mixed on the way back: these two
  world.open(0, { version: "v1", incarnation: 3 });
  for (let i = 0; i < 5; i++) commit(world, 0);
  expect(countOf("mixedVersionCommits", world)).toBe(4);
});

test("one version alone is no mix", () => {
  const world = new World();
  for (let i = 0; i < 5; i++) commit(world, 0);
  expect(countOf("mixedVersionCommits", world)).toBe(0);
});

test("a kill counts when its victim's transaction was open at its death and aborted after it", () => {
  const world = new World();
  world.input(0, "a");
  const open = world.begin(0);
  open.send();
  world.event(killed);
  open.end("aborted");
  expect(countOf("killsWithOpenTransaction", world)).toBe(1);
});

test("a kill between transactions does not count, nor an end that was asked for", () => {
  const between = new World();
  between.input(0, "a");
  between.transact(0, { outcome: "aborted" });
  between.event(killed);
  expect(countOf("killsWithOpenTransaction", between)).toBe(0);
  const asked = new World();
  asked.input(0, "a");
  const open = asked.begin(0);
  open.send();
  asked.event({ ...killed, cause: "asked" });
  open.end("aborted");
  expect(countOf("killsWithOpenTransaction", asked)).toBe(0);
});

test("a warm restore needs a checkpoint and a changelog tail that was applied", () => {
  const body = { warm: true, kept: false, checkpoint: 3, changelogFrom: 10, changelogTo: 20, applied: 4 };
  const count = (change: Readonly<Record<string, Json>>): number | undefined => {
    const world = new World();
    world.event(testimony("opened", { ...body, ...change }));
    return countOf("warmRestores", world);
  };
  expect([{}, { checkpoint: null }, { applied: 0 }, { changelogTo: 10 }, { warm: false }].map(count)).toEqual([
    1, 0, 0, 0, 0,
  ]);
});

/** member-1 commits, member-2 opens and commits; then member-1 says `fenced`. */
function fencedAfter(isAlive: boolean, isTakenOver: boolean): World {
  const world = new World();
  commit(world, 0);
  if (isTakenOver) {
    world.open(0, { member: "member-2" });
    commit(world, 0);
  }
  if (!isAlive) world.event(killed);
  world.event(testimony("fenced", { during: "commit" }));
  return world;
}

test("a fencing counts when the incarnation lives and another one's fence came before its testimony", () => {
  expect(countOf("fencings", fencedAfter(true, true))).toBe(1);
  expect(countOf("fencings", fencedAfter(false, true))).toBe(0);
  expect(countOf("fencings", fencedAfter(true, false))).toBe(0);
});

test("a member that says `fenced` again and again was fenced once, and no more is kept of it", () => {
  const world = fencedAfter(true, true);
  for (let i = 0; i < 50; i += 1) world.event(testimony("fenced", { during: "commit" }));
  expect(countOf("fencings", world)).toBe(1);
  const all = beginFencings(toyDescription);
  for (const batch of world.batches) learnFencing(all, batch);
  expect(all.refused.size).toBe(1);
});

test("of an owner whose epoch rises with every transaction one session is kept", () => {
  const world = new World();
  const session = world.open(0);
  for (let i = 0; i < 50; i += 1) {
    Object.assign(world.task(0), { session: { ...session, producerEpoch: session.producerEpoch + i } });
    commit(world, 0);
  }
  const all = beginFencings(toyDescription);
  for (const batch of world.batches)
    learnFencing(
      all,
      batch.kind === "transaction" ? { ...batch, transaction: { ...batch.transaction, session: 1 } } : batch,
    );
  expect([...all.uses.values()].map((uses) => uses.length)).toEqual([1]);
});

const faults: Plan["faults"] = [
  {
    id: "fault-1",
    kind: "crash",
    target: "member-1",
    pick: 0,
    trigger: {
      kind: "point",
      point: "after-send",
      stage: "count",
      partition: null,
      nth: 1,
      armAfterMs: 0,
      armAfterAct: null,
    },
    forMs: 100,
    params: {},
  },
];

test("a point counts when a task parked there and the fault then hit its member", () => {
  const applied: EventBody = { kind: "fault-applied", fault: "fault-1", faultKind: "crash", targets: ["member-1"] };
  const parked = new World();
  parked.event(testimony("at-point", { point: "after-send" }));
  parked.event(applied);
  expect(seenIn(parked, toyPlan({}, faults)).points).toEqual({
    all: 2,
    exercised: ["after-send × count"],
    notSeen: ["before-commit × count"],
  });
  const without = new World();
  without.event(applied);
  expect(seenIn(without, toyPlan({}, faults)).points.exercised).toEqual([]);
});

test("incarnations that were not watched are named with the reason, and so are those of which nothing says it", () => {
  const world = new World();
  const member = "member-1";
  for (const incarnation of [1, 2, 3, 4])
    world.event({ kind: "process-started", process: member, incarnation, version: "v1", pid: 1, sha256: "" });
  for (const incarnation of [1, 2])
    world.event({ kind: "checkpoints-unwatched", member, incarnation, why: "nobody looked" });
  world.event({ kind: "checkpoints-watched", member, incarnation: 3 });
  world.event({ kind: "checkpoints-watched", member: "member-2", incarnation: 1 });
  expect(seenIn(world).unwatched).toEqual([
    "Checkpoints of member-1/1, member-1/2 were judged only as left at process ends: nobody looked.",
    "Checkpoints of member-1/4 were judged only as left at process ends: nothing says that they were captured when they were published.",
  ]);
});

test("each planned fault counts once, when a probe found it active", () => {
  const world = new World();
  world.event({ kind: "fault-probed-active", fault: "fault-1", active: false, proof: null });
  world.event({ kind: "fault-probed-active", fault: "fault-1", active: true, proof: null });
  world.event({ kind: "fault-probed-active", fault: "fault-1", active: true, proof: null });
  expect(seenIn(world, toyPlan({}, faults)).counts.at(-1)).toEqual({
    kind: "faults-active",
    of: null,
    seen: 1,
    minimum: 1,
    because: null,
    evidence: ["e:1"],
  });
});

test("a place is told by the faults in force and the narrowest phase", () => {
  const world = new World();
  const program = rolling(["member-2"]);
  world.event({ kind: "run-phase", phase: "roll" });
  const before = world.event({ kind: "fault-journalled", fault: "fault-1", targets: ["member-2"], undo: [] });
  const within = world.event(actBegan(program, "restore of member-2"));
  world.event({ kind: "fault-healed", fault: "fault-1" });
  world.event(actSettled(program, "restore of member-2"));
  const after = world.event({ kind: "time-zero" });
  const seen = seenIn(world);
  expect([before, within, after, null].map((at) => seen.placeAt(at))).toEqual([
    { faultsActive: ["fault-1"], phase: "roll" },
    { faultsActive: ["fault-1"], phase: "restore of member-2" },
    { faultsActive: [], phase: "roll" },
    { faultsActive: [], phase: null },
  ]);
});

test("a run in which only one version worked, or neither did, met too little: by each version, stage by stage", () => {
  const world = new World();
  world.open(0, { version: "v2", incarnation: 2 });
  for (let i = 0; i < 3; i++) commit(world, 0);
  const unmet = seenIn(world).counts.filter(({ seen, minimum }) => seen < minimum);
  expect(unmet.map(({ kind, of }) => [kind, of])).toEqual([
    ["commitsByVersion", "count, v1"],
    ["mixedVersionCommits", null],
    ["warmRestores", null],
  ]);
});

test("what a fault is there for has to be met by that fault: a kill by another, or a restore before it, does not count", () => {
  const crashes = faults.map((fault) => [fault, { ...fault, id: "fault-2", target: "member-2" }]).flat();
  const world = new World();
  const injected = (fault: string, member: string): void => {
    world.event({ kind: "fault-journalled", fault, targets: [member], undo: [] });
  };
  const opened = { warm: true, checkpoint: 3, changelogFrom: 10, changelogTo: 20, applied: 4 };
  world.event(testimony("opened", opened));
  world.input(0, "a");
  const open = world.begin(0);
  open.send();
  injected("fault-1", "member-1");
  world.event(killed);
  world.event({ kind: "process-started", process: "member-1", incarnation: 2, version: "v1", pid: 1, sha256: "" });
  world.event({ kind: "fault-healed", fault: "fault-1" });
  open.end("aborted");
  const before = counts();
  world.event(testimony("opened", opened, 2));
  injected("fault-2", "member-2");
  world.event({ ...killed, process: "member-2" });
  expect([before, counts()]).toEqual([
    { killed: [1, 1, 0], restored: [1, 0, 0] },
    { killed: [1, 1, 0], restored: [2, 1, 0] },
  ]);

  function counts() {
    const { counts: all } = seenIn(world, toyPlan({}, crashes));
    const of = (kind: string) => all.filter((count) => count.kind === kind).map(({ seen }) => seen);
    return { killed: of("killsWithOpenTransaction"), restored: of("warmRestores") };
  }
});
