import { expect, test } from "vitest";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";
import { answers, fresh, judgeRoll, old, opens } from "./readings.fixture.ts";

/** v1 leaves state and reads it; v2 opens over it with these wrong, and its own state is opened by another of it. */
function roll(wrong: readonly string[], ownWrong: readonly string[] = []): World {
  const world = new World();
  opens(world, "member-1", old);
  opens(world, "member-3", old);
  opens(world, "member-2", old, wrong);
  answers(world, fresh);
  opens(world, "member-4", fresh, ownWrong);
  return world;
}

test("a new version that is wrong from all state of the old, and right from its own, misreads it", () => {
  const finding = judgeRoll("UP1", roll(old));
  expect(finding).toMatchObject({ outcome: "invalid", examined: 4 });
  expect(finding.anomalies).toEqual([
    {
      invariant: "UP1",
      sentence:
        "In count, v2 answered wrongly from 4 of 4 states that v1 wrote, and rightly from all 4 of its own; v1 was right from all 4 of the same.",
      expected: "out k1 n=3",
      actual: "out k1 n=99",
      evidence: ["r:in-0@8", expect.stringMatching(/^r:out-0@/)],
      restsOn: [
        { ledger: "log", partition: "out-0", from: expect.any(Number), to: expect.any(Number), claims: "presence" },
        { ledger: "decided log", partition: "in-0", from: 0, to: 8, claims: "absence" },
      ],
      firstBadCommit: expect.stringMatching(/^r:__transaction_state-0@/),
      task: "count-0",
      seq: expect.any(Number),
      more: 3,
    },
  ]);
});

test("a correct roll is valid, and one in which v2 never answers from v1's state is idle", () => {
  expect(judgeRoll("UP1", roll([]))).toMatchObject({ outcome: "valid", examined: 4 });
  const apart = new World();
  opens(apart, "member-1", old);
  opens(apart, "member-2", fresh);
  expect(judgeRoll("UP1", apart).outcome).toBe("idle");
  expect(judgeRoll("UP1", new World()).outcome).toBe("idle");
});

test("wrong answers that something else explains as well accuse nobody of misreading", () => {
  const doubtful = [
    roll(["k1", "k2", "k3"]), // k4 was read rightly
    roll(old, ["n1"]), // v2 is wrong from its own state, too
    roll([...old].slice(0, 1)),
  ];
  for (const world of doubtful) {
    const finding = judgeRoll("UP1", world);
    expect(finding).toMatchObject({ outcome: "unknown", anomalies: [] });
    expect(finding.why).toContain("that reading is the cause is not certain");
  }
});

test("a version that is wrong without any state is no misreader", () => {
  const world = new World();
  opens(world, "member-1", old);
  opens(world, "member-3", old);
  opens(world, "member-2", old, old);
  answers(world, fresh, ["n1"]);
  opens(world, "member-4", fresh);
  expect(judgeRoll("UP1", world).outcome).toBe("unknown");
});

test("too few answers of any sort make no rule", () => {
  const world = new World();
  opens(world, "member-1", old);
  opens(world, "member-2", old, old); // nobody of v1 read v1's state
  answers(world, fresh);
  opens(world, "member-4", fresh);
  expect(judgeRoll("UP1", world).outcome).toBe("unknown");
});

test("state that was wrong before v2 came is not v2's to answer for", () => {
  const world = new World();
  opens(world, "member-1", old, old);
  opens(world, "member-2", old, old);
  expect(judgeRoll("UP1", world)).toMatchObject({ outcome: "idle", examined: 0 });
});

test("aborted work reads nothing, and a task with an undecided transaction is not judged", () => {
  const aborted = roll([]);
  aborted.input(0, "k1");
  aborted.transact(0, { outcome: "aborted" });
  expect(judgeRoll("UP1", aborted)).toMatchObject({ outcome: "valid", examined: 4 });
  const torn = new World();
  opens(torn, "member-1", old);
  torn.input(0, "k1");
  torn.transact(0, { outcome: "gap" });
  opens(torn, "member-2", old, old);
  expect(judgeRoll("UP1", torn).outcome).toBe("idle");
});

test("a hole in the source log below the first wrong answer takes the conviction back", () => {
  const world = roll(old);
  world.event({ kind: "tail-gap", topic: "in", partition: 0, from: 0, to: 1 });
  expect(judgeRoll("UP1", world)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("a run without an upgrade has no such subject", () => {
  expect(judgeRoll("UP1", roll(old), toyPlan()).outcome).toBe("not-applicable");
});
