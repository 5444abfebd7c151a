import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";

const offsetsTopic = "__consumer_offsets";

const deleted = (to: number): EventBody => ({ kind: "log-start-moved", topic: "in", partition: 0, from: 0, to });

/** Three records, the first one committed; then what `write` does. */
function begun(write: (world: World) => void): World {
  const world = new World();
  for (const key of ["a", "b", "c"]) world.input(0, key);
  world.transact(0, { upTo: 1 });
  write(world);
  return world;
}

/** The group rebalances so often, and each time the tail finds that, and no commit, in the offsets log. */
function askInVain(world: World, times: number): void {
  for (let i = 0; i < times; i += 1) {
    world.generation({ "member-1": [0, 1] });
    world.answer(offsetsTopic, 0, world.nextOf(offsetsTopic, 0));
  }
}

function judged(write: (world: World) => void) {
  const { outcome, anomalies, why } = findingOf("OF4", begun(write).finish());
  return { outcome, sentences: anomalies.map(({ sentence }) => sentence), why };
}

const sentence = "in-0 was deleted up to 3 while the committed offset of toy-count was 1 at most.";

test("OF4 flags records that were deleted while no commit covered them", () => {
  for (const finish of [(world: World) => void world.transact(0), () => undefined])
    expect(
      judged((world) => {
        world.event(deleted(3));
        askInVain(world, 2);
        finish(world);
      }),
    ).toMatchObject({ outcome: "invalid", sentences: [sentence] });
});

test("OF4 names the record that is gone, the commit before and the deletion", () => {
  const world = begun((of) => of.event(deleted(2)));
  expect(findingOf("OF4", world.finish()).anomalies).toMatchObject([
    {
      expected: "records from 1 on are kept",
      actual: "in-0@1 is gone, and the log begins at 2",
      evidence: [expect.stringMatching(/^r:__consumer_offsets-0@/), "r:in-0@1", expect.stringMatching(/^e:/)],
      task: "count-0",
    },
  ]);
});

test("OF4 accuses nobody where the commit may have been in force when the log was cut", () => {
  expect(judged((world) => void world.event(deleted(1))).outcome).toBe("valid");
  // The tail had asked for commits only once since: that answer may be older than the deletion.
  const once = judged((world) => {
    world.event(deleted(3));
    askInVain(world, 1);
    world.transact(0);
  });
  expect(once.outcome).toBe("valid");
  const pending = judged((world) => {
    world.event(deleted(3));
    askInVain(world, 2);
    world.transact(0, { outcome: "pending" });
  });
  expect(pending.sentences).toEqual([]);
});

test("OF4 lets markers and aborted records go", () => {
  const world = new World();
  world.input(0, "a");
  world.abortedInput(0, "b");
  world.transact(0, { upTo: 1 });
  world.event(deleted(3));
  expect(findingOf("OF4", world.finish()).outcome).toBe("valid");
});

test("OF4 is a finding, not a gap, where the tail was too late for the records that were deleted", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0);
  const invoked = world.event({
    kind: "send-invoked",
    stream: "s",
    topic: "in",
    partition: 0,
    indexes: [[0, 1]],
    count: 2,
  });
  world.event({ kind: "send-ok", invoked, baseOffset: 1 });
  world.event({ kind: "tail-gap", topic: "in", partition: 0, from: 1, to: 3 });
  world.event(deleted(3));
  expect(findingOf("OF4", world.finish()).anomalies).toMatchObject([{ sentence }]);
});

test("OF4 is unknown where commits may be missing, and idle where nothing was deleted", () => {
  const torn = judged((world) => {
    world.event(deleted(3));
    world.event({ kind: "tail-gap", topic: offsetsTopic, partition: 0, from: 4, to: 5 });
  });
  expect(torn).toMatchObject({ outcome: "unknown", why: expect.stringMatching(/evidence that has a hole/) });
  expect(judged(() => undefined).outcome).toBe("idle");
  expect(findingOf("OF4", begun((world) => world.event(deleted(1))).batches).outcome).toBe("unknown");
});
