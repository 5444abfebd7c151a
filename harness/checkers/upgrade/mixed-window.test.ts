import { expect, test } from "vitest";
import type { EventBody, HistoryEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { holdUpMs } from "../../model/profile.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { everyEnd, everyFault, everyGauge, everyStart } from "../../facts/reliances.ts";
import { findingOf } from "../findings.fixture.ts";
import { answers, fresh, judgeRoll, old, opens, rollPlan, type Worker } from "./readings.fixture.ts";
import { rolling } from "../../program/program.fixture.ts";

/** v2 leaves state and reads it; v1 opens over it with these wrong. */
function mixed(wrong: readonly string[]): World {
  const world = new World();
  opens(world, "member-1", old);
  opens(world, "member-3", old);
  opens(world, "member-2", fresh);
  opens(world, "member-4", fresh);
  opens(world, "member-1", fresh, wrong);
  return world;
}

test("an old version that is wrong from all state of the new, and right from its own, misreads it", () => {
  const finding = judgeRoll("UP2", mixed(fresh));
  expect(finding).toMatchObject({ outcome: "invalid", examined: 4 });
  expect(finding.anomalies).toMatchObject([
    {
      sentence:
        "In count, v1 answered wrongly from 4 of 4 states that v2 wrote, and rightly from all 4 of its own; v2 was right from all 4 of the same.",
      task: "count-0",
      more: 3,
    },
  ]);
  expect(judgeRoll("UP2", mixed([]))).toMatchObject({ outcome: "valid", examined: 4 });
  expect(judgeRoll("UP2", mixed(["n2"])).outcome).toBe("unknown");
});

test("after the last new member has ended, what the old one reads is a rollback's matter", () => {
  const world = new World();
  opens(world, "member-1", old);
  opens(world, "member-2", fresh);
  world.event({ kind: "process-ended", process: "member-2", incarnation: 1, code: 0, signal: null, cause: "asked" });
  opens(world, "member-1", fresh, fresh);
  const plan = { ...rollPlan, program: rolling(["member-2"]) };
  expect(judgeRoll("UP2", world, plan)).toMatchObject({ outcome: "idle", examined: 0 });
});

/** Longer than the gates.timeout of the toy's scenario. */
const limitMs = holdUpMs(rollPlan.scenario, 1);

function started(world: World, member: Worker, version: string): number {
  return world.event({ kind: "process-started", process: member, incarnation: 1, version, pid: 1, sha256: version });
}

/** An event that is nobody's business: time passes up to it. */
const passed: EventBody = { kind: "checkpoints-watched", member: "member-1", incarnation: 1 };

/** Both members end. */
function ended(world: World, incarnations: readonly number[] = [1, 1]): World {
  for (const [i, incarnation] of incarnations.entries())
    world.event({
      kind: "process-ended",
      process: `member-${i + 1}`,
      incarnation,
      code: 0,
      signal: null,
      cause: "asked",
    });
  return world;
}

/** member-1 in v1 and member-2 in v2 run side by side for so long; generations name only those. */
function beside(ms: number, members: readonly string[], meanwhile: readonly EventBody[] = []): World {
  const world = new World();
  started(world, "member-1", "v1");
  world.generation({ "member-1": [0, 1] });
  started(world, "member-2", "v2");
  for (const event of meanwhile) world.event(event);
  if (members.length > 0) world.generation(Object.fromEntries(members.map((member, p) => [member, [p]])));
  world.event(passed, ms);
  return ended(world);
}

const pair: Plan = {
  ...rollPlan,
  scenario: { ...rollPlan.scenario, members: 2 },
  program: rolling(["member-2"]),
};

test("a new member that the group never takes in convicts once a gate's time has passed, and Kafka's own", () => {
  const finding = judgeRoll("UP2", beside(limitMs + 1, ["member-1"]), pair);
  expect(finding.outcome).toBe("invalid");
  expect(finding.anomalies).toEqual([
    {
      invariant: "UP2",
      sentence: `member-2/1 (v2) ran beside the other version for ${limitMs + 1} ms, and no generation of the group toy-count names it.`,
      expected: "a generation of toy-count with member-2 in it",
      actual: "none",
      evidence: ["e:2"],
      restsOn: [
        { ledger: "log", partition: "__consumer_offsets-*", from: null, to: null, claims: "absence" },
        everyStart,
        everyEnd,
        everyFault,
        everyGauge,
      ],
      firstBadCommit: null,
      task: null,
      seq: 2,
      more: 0,
    },
  ]);
});

test("one that joins, that has not had the time, or of whose group nothing is known convicts nobody", () => {
  expect(judgeRoll("UP2", beside(limitMs + 1, ["member-1", "member-2"]), pair).outcome).toBe("idle");
  expect(judgeRoll("UP2", beside(limitMs - 1, ["member-1"]), pair).outcome).toBe("idle");
  const alone = new World();
  started(alone, "member-1", "v1");
  started(alone, "member-2", "v2");
  alone.event(passed, limitMs + 1);
  expect(judgeRoll("UP2", ended(alone), pair).outcome).toBe("idle");
});

test("a client whose id is no member's may be the one that is missing", () => {
  const renamed = judgeRoll("UP2", beside(limitMs + 1, ["member-1", "app-v2"]), pair);
  expect(renamed).toMatchObject({ outcome: "unknown", anomalies: [] });
  expect(renamed.why).toContain(
    "The client app-v2 of the group toy-count is no member, or member-2 under another name",
  );
});

test("a fault in that time, a starved host and a hole in the offsets log take the conviction back", () => {
  const fault: EventBody = { kind: "fault-journalled", fault: "fault-1", targets: ["member-2"], undo: null };
  expect(judgeRoll("UP2", beside(limitMs + 1, ["member-1"], [fault]), pair).outcome).toBe("idle");
  const blind: EventBody = { kind: "gauge-host", foreignCpus: null, cpus: 2 };
  expect(judgeRoll("UP2", beside(limitMs + 1, ["member-1"], [blind]), pair)).toMatchObject({
    outcome: "unknown",
    anomalies: [],
  });
  const torn = beside(limitMs + 1, ["member-1"]);
  torn.event({ kind: "tail-gap", topic: "__consumer_offsets", partition: 0, from: 0, to: 1 });
  expect(judgeRoll("UP2", torn, pair)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("a member that no generation of this group ever named, and that is in another one, runs other stages", () => {
  const [spec] = toyDescription.stages;
  if (spec === undefined) throw new Error("The toy has no stage.");
  const description = { ...toyDescription, stages: [spec, { ...spec, name: "audit", group: "toy-audit", sinks: [] }] };
  const other = new World();
  started(other, "member-1", "v1");
  started(other, "member-2", "v2");
  other.generation({ "member-1": [0], "member-2": [1] });
  other.generation({ "member-1": [0, 1] });
  const last = other.batches.at(-1);
  if (last?.kind === "generation") Object.assign(last.generation, { group: "toy-audit" });
  other.event(passed, limitMs + 1);
  expect(judgeRoll("UP2", ended(other), pair, description)).toMatchObject({ outcome: "idle", anomalies: [] });
  // Here an earlier incarnation was in it.
  const world = new World();
  started(world, "member-1", "v1");
  started(world, "member-2", "v1");
  world.generation({ "member-1": [0], "member-2": [1] });
  world.event({ kind: "process-ended", process: "member-2", incarnation: 1, code: 0, signal: null, cause: "asked" });
  world.event({ kind: "process-started", process: "member-2", incarnation: 2, version: "v2", pid: 2, sha256: "v2" });
  world.generation({ "member-1": [0, 1] });
  world.event(passed, limitMs + 1);
  expect(judgeRoll("UP2", ended(world, [1, 2]), pair).anomalies).toMatchObject([
    { sentence: expect.stringContaining("member-2/2 (v2)") },
  ]);
});

test.each(["process-started", "process-ended", "gauge-host", "gauge-loop-delay"] as const)(
  "without every %s a member outside its group convicts nobody",
  (missing) => {
    const batches = beside(limitMs + 1, ["member-1"]).finish({}, { plan: pair });
    // Members' own starts stay, without which nobody is outside.
    const isOfAMember = (event: HistoryEvent): boolean =>
      event.kind === "process-started" && event.process.startsWith("member-");
    const without = batches.filter(
      (batch) => batch.kind !== "event" || batch.event.kind !== missing || isOfAMember(batch.event),
    );
    expect(findingOf("UP2", batches, { plan: pair }).outcome).toBe("invalid");
    expect(findingOf("UP2", without, { plan: pair })).toMatchObject({ outcome: "unknown", anomalies: [] });
  },
);

test("where the events of a planned fault are missing it is unknown", () => {
  const faults: Plan["faults"] = [
    {
      id: "fault-1",
      kind: "pause",
      target: "member-2",
      pick: 0,
      trigger: { kind: "time", atMs: 0 },
      forMs: 1_000,
      params: {},
    },
  ];
  const injured = { ...pair, faults };
  const without = [
    "fault-journalled",
    "fault-applied",
    "fault-probed-active",
    "fault-healed",
    "fault-probed-healed",
  ] as const;
  const batches = beside(limitMs + 1, ["member-1"]).finish({}, { plan: injured, without });
  expect(findingOf("UP2", batches, { plan: injured })).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("the aftermath of a fault that was healed before the member started takes it back, one long over does not", () => {
  const healedFor = (ms: number): World => {
    const world = new World();
    started(world, "member-1", "v1");
    world.event({ kind: "fault-journalled", fault: "fault-1", targets: ["broker-1"], undo: null });
    world.event({ kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: "up" });
    world.event(passed, ms);
    started(world, "member-2", "v2");
    world.generation({ "member-1": [0, 1] });
    world.event(passed, limitMs + 1);
    return ended(world);
  };
  expect(judgeRoll("UP2", healedFor(1), pair).outcome).toBe("idle");
  expect(judgeRoll("UP2", healedFor(60_000), pair).outcome).toBe("invalid");
});

test("a run without an upgrade has no such subject, and an empty one is idle", () => {
  expect(judgeRoll("UP2", mixed(fresh), toyPlan()).outcome).toBe("not-applicable");
  expect(judgeRoll("UP2", new World()).outcome).toBe("idle");
  const world = new World();
  opens(world, "member-1", old);
  answers(world, old);
  expect(judgeRoll("UP2", world).outcome).toBe("idle");
});
