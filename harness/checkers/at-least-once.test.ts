import { expect, test } from "vitest";
import { findingsOf } from "./findings.fixture.ts";
import { World } from "./hand-written.fixture.ts";
import { toyDescription, toyPlan } from "./toy-pipeline.fixture.ts";

const plan = toyPlan({ guarantee: "at-least-once" });
const description = { ...toyDescription, offsets: "group" as const };
const judged = (world: World) => findingsOf(world.finish({}, { plan }), { plan, description });

/** The output of the input at an offset: the toy counts, so inputs have keys of their own. */
function write(world: World, offset: number): void {
  world.plainOutputs(0, [{ key: `k-${offset}`, value: "1", cause: [offset, 0] }]);
}

function inputs(world: World, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const at = world.nextOf("in", 0);
    world.input(0, `k-${at}`);
    world.answer("in", 0, at + 1);
  }
}

/** Three inputs written, two of them committed, when member-2 takes the task over and goes on. */
function handedOver(again: readonly number[]): World {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  inputs(world, 3);
  for (const offset of [0, 1, 2]) write(world, offset);
  world.plainCommit(0, 2);
  world.generation({ "member-2": [0], "member-1": [1] });
  for (const offset of again) write(world, offset);
  world.plainCommit(0, 3);
  return world;
}

test("EO1: an effect that was uncommitted at a hand-over may be there again, and is counted", () => {
  const finding = judged(handedOver([2])).get("EO1");
  expect([finding?.outcome, finding?.why]).toEqual([
    "valid",
    "1 effects are there again, uncommitted at an end or a hand-over of their task.",
  ]);
});

test("EO1: an effect that was committed before the hand-over may not be there again", () => {
  expect(judged(handedOver([1, 2])).get("EO1")?.anomalies).toMatchObject([
    {
      sentence: "Output 0 of in-0@1 is committed twice.",
      expected: "at most one committed output, by the ends and hand-overs of the task",
      actual: "2 committed outputs",
      more: 0,
    },
  ]);
});

test("EO1: one hand-over explains one more copy, not two", () => {
  expect(judged(handedOver([2, 2])).get("EO1")?.anomalies).toMatchObject([
    { expected: "at most 2 committed outputs, by the ends and hand-overs of the task", actual: "3 committed outputs" },
  ]);
});

/** One input, whose effect is there twice though its task never changed hands after it came. */
function doubled(between: (world: World) => void): World {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  world.generation({ "member-1": [0], "member-2": [1] });
  between(world);
  inputs(world, 3);
  for (const offset of [0, 1, 2, 2]) write(world, offset);
  world.plainCommit(0, 3);
  return world;
}

test("EO1: generations from before the record do not explain its copies", () => {
  expect(judged(doubled(() => {})).get("EO1")?.outcome).toBe("invalid");
});

/** member-1 is paused and thrown out; what comes then is done by its successor, and by itself when it goes on. */
function fetchedOn(learns: boolean): World {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  world.generation({ "member-2": [0, 1] });
  if (learns) world.generation({ "member-1": [1], "member-2": [0] });
  inputs(world, 3);
  for (const offset of [0, 1, 2, 0, 1, 2]) write(world, offset);
  world.plainCommit(0, 3);
  world.generation({ "member-1": [1], "member-2": [0] });
  return world;
}

test("EO1: an owner that has not learned that it lost its task fetches on, also what was written since", () => {
  expect(judged(fetchedOn(false)).get("EO1")?.outcome).toBe("valid");
  expect(judged(fetchedOn(true)).get("EO1")?.outcome).toBe("invalid");
});

test("EO1: where a broker was injured the order of reading proves nothing, and the copy is spared", () => {
  const world = doubled((own) =>
    own.event({ kind: "fault-journalled", fault: "fault-1", targets: ["broker-1"], undo: [] }),
  );
  expect(judged(world).get("EO1")?.outcome).toBe("valid");
});

test("EO1: copies of a group whose generations are not known are neither allowed nor accused", () => {
  const world = new World();
  inputs(world, 1);
  for (const offset of [0, 0]) write(world, offset);
  expect(judged(world).get("EO1")).toMatchObject({
    outcome: "unknown",
    why: "Nothing says who owned count-0: whether its repeated effects were uncommitted is not known.",
  });
});

test("OF2: a plain effect that the tail did not find when it asked after the commit is late", () => {
  expect(lateOnly([1, 2, 3]).get("OF2")?.anomalies).toMatchObject([
    {
      sentence: "The commit of offset 3 was in force before the effect of in-0@2 was written.",
      actual: "out-0 was read after the commit, and its record 2 was not there yet",
    },
  ]);
});

test("OF2: one answer after the commit may have been given before it, and one that shows the effect proves nothing", () => {
  expect(lateOnly([2, 3]).get("OF2")?.outcome).toBe("valid");
  expect(lateOnly([3]).get("OF2")?.outcome).toBe("valid");
  expect(lateOnly([]).get("OF2")?.outcome).toBe("valid");
});

test("OF2: an effect that is there again may have been there in time", () => {
  expect(lateOnly([1, 2, 3], true).get("OF2")?.outcome).toBe("valid");
});

/** Two inputs in order; of the third the commit comes first, then the answers, then its effect at out-0@2. */
function lateOnly(answers: readonly number[], again = false) {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  inputs(world, 3);
  for (const offset of [0, 1]) write(world, offset);
  world.plainCommit(0, 3);
  for (const readable of answers) world.answer("out", 0, readable);
  write(world, 2);
  if (again) write(world, 2);
  return judged(world);
}

/** Offsets committed by one owner, whose generation began behind offset 2. */
function committed(offsets: readonly (number | null)[], handOver: boolean): World {
  const world = new World();
  inputs(world, 9);
  for (let offset = 0; offset < 9; offset += 1) write(world, offset);
  world.generation({ "member-1": [0, 1] });
  world.plainCommit(0, 2);
  world.generation({ "member-1": [0, 1] });
  for (const [i, offset] of offsets.entries()) {
    if (handOver && i === offsets.length - 1) world.generation({ "member-2": [0, 1] });
    world.plainCommit(0, offset);
  }
  return world;
}

const of1 = (offsets: readonly (number | null)[], handOver = false, guarantee = plan) =>
  findingsOf(committed(offsets, handOver).finish({}, { plan: guarantee }), { plan: guarantee, description }).get("OF1")
    ?.outcome;

test("OF1: commits of one owner that arrive out of order only cause redelivery, where effects may be repeated", () => {
  expect([of1([4, 8, 6, 9]), of1([8, 4, 6]), of1([8, 2])]).toEqual(["valid", "valid", "valid"]);
  expect(of1([4, 8, 6, 9], false, toyPlan())).toBe("invalid");
});

test("OF1: an offset below where the owner began, of an owner before, or gone, is no commit out of order", () => {
  expect([of1([8, 1]), of1([8, 6], true), of1([8, null]), of1([8, -1])]).toEqual([
    "invalid",
    "invalid",
    "invalid",
    "invalid",
  ]);
});
