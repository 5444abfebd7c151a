import { describe, expect, test } from "vitest";
import { runJob, type Seat } from "../memory/driver.ts";
import { newWorld, opened, process, seatIn } from "../memory/seats.fixture.ts";
import type { World } from "../memory/world.ts";
import { v2 } from "../versions/v2.ts";
import { closeTask } from "./close.ts";
import type { Effect } from "./effects.ts";
import { openTask } from "./open.ts";

/** A seat whose member processed so many transactions and closed in good order. */
function closedAfter(transactions: number): { readonly world: World; readonly seat: Seat } {
  const world = newWorld();
  const seat = seatIn(world);
  const task = opened(seat);
  process(seat, task, transactions);
  runJob(seat, closeTask(task));
  return { world, seat };
}

function open(seat: Seat): { readonly kinds: readonly string[]; readonly testimony: object | undefined } {
  const { effects } = runJob(seat, openTask(seat.context));
  const said = effects.find((effect): effect is Extract<Effect, { kind: "testify" }> => effect.kind === "testify");
  return { kinds: effects.map(({ kind }) => kind), testimony: said?.body };
}

describe("a store is kept", () => {
  test("after an orderly close, and CLEAN is gone before anything else happens", () => {
    const { world, seat } = closedAfter(2);
    const store = new Map(seat.disk.store);
    expect(open(seatIn(world))).toEqual({
      kinds: ["fence", "committed-offset", "clean-read", "store-load", "clean-remove", "seek", "testify"],
      testimony: {
        warm: true,
        kept: true,
        checkpoint: null,
        changelogFrom: seat.cluster.log("velocity-changelog", 0).end - 1,
        changelogTo: seat.cluster.log("velocity-changelog", 0).end - 1,
        applied: 0,
        position: 4,
        committed: 4,
      },
    });
    expect([seat.disk.clean, seat.disk.store]).toEqual([null, store]);
  });

  test("by the next release too, in its own bytes, so that its own close is trusted again", () => {
    const { world } = closedAfter(2);
    const later = seatIn(world, "member-1", v2);
    runJob(later, closeTask(opened(later)));
    expect(open(seatIn(world, "member-1", v2)).testimony).toMatchObject({ kept: true });
  });
});

describe("a store is discarded", () => {
  test("when another owner has moved the committed offset on", () => {
    const { world } = closedAfter(2);
    const other = seatIn(world, "member-2");
    process(other, opened(other), 1);
    expect(open(seatIn(world)).testimony).toMatchObject({ kept: false, warm: true, checkpoint: 2, position: 6 });
  });

  test("when its bytes are not those that CLEAN was written for", () => {
    const { world, seat } = closedAfter(2);
    seat.disk.store.set("a-9", new Uint8Array([1]));
    expect(open(seatIn(world)).testimony).toMatchObject({ kept: false, warm: true });
    expect(seat.disk.store.has("a-9")).toBe(false);
  });

  test("when CLEAN is missing, or is no CLEAN", () => {
    for (const clean of [null, "", "{", "[]"]) {
      const { world, seat } = closedAfter(2);
      seat.disk.clean = clean;
      expect(open(seatIn(world)).testimony).toMatchObject({ kept: false, warm: true });
    }
  });
});

describe("a restore", () => {
  test("falls back to the checkpoint before one that is torn, flipped or empty", () => {
    const injuries: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.subarray(0, bytes.length - 3),
      (bytes) => bytes.with(bytes.length - 1, 0xff),
      () => new Uint8Array(),
    ];
    for (const injure of injuries) {
      const { world, seat } = closedAfter(4);
      seat.disk.clean = null;
      expect([...seat.disk.checkpoints.keys()]).toEqual([2, 4]);
      seat.disk.checkpoints.set(4, injure(seat.disk.checkpoints.get(4) ?? new Uint8Array()));
      expect(open(seatIn(world)).testimony).toMatchObject({ checkpoint: 2, position: 8, committed: 8 });
    }
  });

  test("does not start from a checkpoint ahead of the committed offset", () => {
    const ahead = closedAfter(4).seat.disk.checkpoints.get(4) ?? new Uint8Array();
    const { world, seat } = closedAfter(2);
    seat.disk.clean = null;
    seat.disk.checkpoints.set(4, ahead);
    expect(open(seatIn(world)).testimony).toMatchObject({ checkpoint: 2, position: 4, committed: 4 });
  });

  test("without any checkpoint replays the whole changelog, to the same state", () => {
    const { world, seat } = closedAfter(4);
    const store = new Map(seat.disk.store);
    const other = seatIn(world, "member-2");
    expect(open(other).testimony).toMatchObject({ warm: false, checkpoint: null, changelogFrom: 0, position: 8 });
    expect(other.disk.store).toEqual(store);
  });

  test("that does not meet the committed offset waits, reads again, and fails loudly in the end", () => {
    const { world } = closedAfter(2);
    const seat = seatIn(world, "member-2");
    seat.cluster.commitPlainly(seat.owner, { group: "reference-velocity", partition: 0, next: 3 });
    const kinds: string[] = [];
    expect(() => runJob(seat, watched(openTask(seat.context), kinds))).toThrow(
      "Task velocity-0 restored to input offset 4, but 3 is committed.",
    );
    expect(kinds.filter((kind) => kind === "wait-before-reread")).toHaveLength(2);
  });
});

test("a task that nobody has committed begins at the source's start, with no state", () => {
  const seat = seatIn(newWorld());
  seat.disk.store.set("a-1", new Uint8Array([9]));
  expect(open(seat).testimony).toMatchObject({ warm: false, kept: false, position: 0, committed: null });
  expect([seat.position, seat.disk.store.size]).toEqual([0, 0]);
});

function* watched(job: ReturnType<typeof openTask>, kinds: string[]): ReturnType<typeof openTask> {
  let step = job.next(undefined);
  while (step.done !== true) {
    kinds.push(step.value.kind);
    step = job.next(yield step.value);
  }
  return step.value;
}
