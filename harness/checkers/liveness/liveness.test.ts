import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { actBegan, rolling } from "../../program/program.fixture.ts";

const waiting = (committedNext: number, lag: number): EventBody => ({
  kind: "gauge-lag",
  stage: "count",
  partition: 0,
  committedNext,
  lag,
});

/** Samples of a task that stands still, one a second. */
function stand(world: World, { seconds, lag = 5 }: { readonly seconds: number; readonly lag?: number }): void {
  world.event(waiting(3, lag));
  for (let i = 0; i < seconds; i++) world.event(waiting(3, lag), 1_000);
}

/** Longer than the toy's gate and Kafka's own time-outs: 10 s and 15.2 s. */
const tooLong = { seconds: 30 };

test("LV1 flags a task that stands still with records waiting for longer than Kafka's own time-outs and the gate's", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  const since = world.event(waiting(3, 5));
  stand(world, { seconds: 23 });
  world.event(waiting(3, 5), 2_000);
  const until = world.event(waiting(3, 6), 1_000);
  world.event({ kind: "drain-failed", why: "lag" });
  stand(world, tooLong); // members are being stopped
  expect(findingOf("LV1", world.batches).anomalies).toMatchObject([
    {
      sentence: "count-0 committed nothing for 26000 ms after the faults were over, with 6 committed records waiting.",
      evidence: [`e:${since}`, `e:${until}`],
      more: 0,
    },
  ]);
});

test("LV1 lets a slow task be slow: each commit starts the clock anew, and so does the host factor", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  for (const next of [3, 4, 5, 6]) world.event(waiting(next, 5), 4_000);
  expect(findingOf("LV1", world.finish()).outcome).toBe("valid");
  const slow = new World();
  slow.event({ kind: "faults-over" });
  stand(slow, { seconds: 40 });
  expect(findingOf("LV1", slow.batches).outcome).toBe("invalid");
  expect(findingOf("LV1", slow.batches, { hostFactor: 2 }).outcome).toBe("unknown");
});

test("LV1 lets a pipeline wait for twice as long as it does when nothing is done to it", () => {
  /** 30 s between two commits from the first on; or a wait that no commit ended. */
  const commits = (world: World, isPipelineSlow: boolean): void => {
    for (const next of isPipelineSlow ? [1, 2, 3] : [3]) {
      for (let i = 0; i < 30; i += 1) world.event(waiting(next, 5), 1_000);
    }
  };
  for (const [isPipelineSlow, seconds, outcome] of [
    [true, 40, "unknown"],
    [true, 70, "invalid"],
    [false, 40, "invalid"],
  ] as const) {
    const drained = new World();
    commits(drained, isPipelineSlow);
    drained.event({ kind: "faults-over" });
    stand(drained, { seconds });
    expect(findingOf("LV1", drained.batches).outcome, `${seconds} s`).toBe(outcome);
  }
});

test("LV1 knows nothing of a time in which the harness itself was stopped, or had stopped the members", () => {
  const frozen = new World();
  frozen.event({ kind: "faults-over" });
  stand(frozen, { seconds: 15 });
  frozen.event(waiting(3, 5), 60_000);
  stand(frozen, { seconds: 15 });
  expect(findingOf("LV1", frozen.batches).outcome).toBe("unknown");
  const stopped = new World();
  stopped.event({ kind: "faults-over" });
  stand(stopped, { seconds: 15 });
  stopped.event({ kind: "run-phase", phase: "final-read" });
  stand(stopped, { seconds: 15 });
  expect(findingOf("LV1", stopped.batches).outcome).toBe("unknown");
});

test("LV1 is unknown on a starved host, and before the faults are over", () => {
  const world = new World();
  world.event({ kind: "faults-over" });
  world.event(waiting(3, 5));
  for (let i = 0; i < 5; i++)
    world.event({ kind: "gauge-loop-delay", process: "harness", maxMs: 900, meanMs: 100 }, 1_000);
  stand(world, tooLong);
  expect(findingOf("LV1", world.batches)).toMatchObject({
    outcome: "unknown",
    why: expect.stringMatching(/^host-overloaded/),
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
  for (const sample of foreignCpus) {
    world.event(host(sample), 1_000);
    world.event(waiting(3, 5));
  }
  stand(world, tooLong);
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
    `The groups did not drain (lag 5), but no task stood still for 25200 ms: raise the drain's deadline. ${crowd}`,
  );
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

const unhealed: EventBody = { kind: "fault-probed-healed", fault: "fault-1", healed: false, proof: {} };
const ended = { code: null, signal: "SIGKILL", cause: "unexpected" } as const;
const brokerEnded: EventBody = { kind: "process-ended", process: "broker-1", incarnation: 1, ...ended };
const tail = { topic: "__consumer_offsets", partition: 0 };
const program = rolling(["member-1"]);
const act = (phase: string): EventBody => actBegan(program, `${phase} of member-1`);
const stopped: EventBody = { kind: "upgrade-stopped", why: "late" };

test("what the last look at the logs meets comes too late to excuse anything", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "pending" });
  world.event({ kind: "faults-over" });
  stand(world, tooLong);
  world.event({ kind: "run-phase", phase: "final-read" });
  world.event({ kind: "tail-failed", ...tail, why: "a transaction is open from 3" });
  world.event(brokerEnded);
  const batches = world.finish();
  expect(["LV1", "LV2"].map((id) => findingOf(id, batches).outcome)).toEqual(["invalid", "invalid"]);
});

test("the end of a broker's incarnation that is told after its successor's start is no end of the broker", () => {
  const back: EventBody = {
    kind: "process-started",
    process: "broker-1",
    incarnation: 2,
    version: null,
    pid: 1,
    sha256: null,
  };
  expect(stoodStillAfter(back, brokerEnded).map(([outcome]) => outcome)).toEqual(["invalid", "invalid"]);
});

/** What LV1 and LV2 say of a task that stood still and a transaction that stayed open, with these events before or in it. */
function stoodStillAfter(...bodies: readonly EventBody[]): readonly (readonly [string, string | null])[] {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "pending" });
  for (const body of bodies) world.event(body);
  world.event({ kind: "faults-over" });
  stand(world, tooLong);
  const batches = world.finish();
  return ["LV1", "LV2"].map((id) => findingOf(id, batches)).map(({ outcome, why }) => [outcome, why]);
}

test.each<[string, readonly EventBody[], string]>([
  [
    "a run that was cut short",
    [{ kind: "interrupted", why: "gone" }],
    "The run ended early (gone): mend that, or let it end.",
  ],
  [
    "a fault that was in force and was not proven healed",
    [{ kind: "fault-applied", fault: "fault-1", faultKind: "hold", targets: [] }],
    "fault-1 was not proven healed: give the run more time.",
  ],
  [
    "a fault that may be in force",
    [unhealed, { kind: "fault-unfired", fault: "fault-1", why: "late" }],
    "fault-1 was not proven healed: give the run more time.",
  ],
  ["a broker that is gone", [brokerEnded], "broker-1 ended and was not started again: read its log."],
  [
    "a tail that failed",
    [{ kind: "tail-failed", ...tail, why: "reset" }],
    "The tail of __consumer_offsets-0 failed: run again.",
  ],
  [
    "an upgrade that stopped with a member taken down",
    [act("drain"), act("stop"), stopped],
    "The upgrade stopped while member-1 was taken down (late): mend that.",
  ],
  [
    "a harness that failed",
    [{ kind: "defect", what: "TypeError", stack: null }],
    "The harness failed (TypeError): this is a defect of rollproof.",
  ],
])("what stands still after %s proves nothing: LV1 and LV2 are unknown", (_, bodies, why) => {
  expect(stoodStillAfter(...bodies)).toEqual([
    ["unknown", why],
    ["unknown", why],
  ]);
});

test.each<[string, readonly EventBody[]]>([
  [
    "a fault that was healed",
    [
      { kind: "fault-journalled", fault: "fault-1", targets: [], undo: [] },
      { ...unhealed, healed: true },
    ],
  ],
  [
    "a broker that came back",
    [
      brokerEnded,
      { kind: "process-started", process: "broker-1", incarnation: 2, version: null, pid: 1, sha256: null },
    ],
  ],
  ["a member that is gone", [{ ...brokerEnded, process: "member-1" }]],
  ["an upgrade that stopped with every member up", [act("start"), act("restore"), stopped]],
])("%s excuses nothing: LV1 and LV2 are invalid", (_, bodies) => {
  expect(stoodStillAfter(...bodies).map(([outcome]) => outcome)).toEqual(["invalid", "invalid"]);
});

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
