import { expect, test } from "vitest";
import { carryOut, runJob } from "../memory/driver.ts";
import { newWorld, opened, process, seatIn } from "../memory/seats.fixture.ts";
import { closeTask } from "./close.ts";
import { openTask } from "./open.ts";
import { processBatch } from "./process.ts";

test("a close in the middle of a transaction aborts it, and leaves the store as it was committed", () => {
  const world = newWorld();
  const seat = seatIn(world);
  const task = opened(seat);
  process(seat, task, 2);
  const committed = new Map(seat.disk.store);

  const job = processBatch(task, seat.cluster.readCommitted("payments", 0, 5), new Set());
  for (let step = job.next(undefined); step.value !== undefined && step.done !== true;) {
    if (step.value.kind === "send-offsets") break;
    step = job.next(carryOut(seat, step.value));
  }
  expect(task.phase).toBe("in-transaction");
  expect(seat.disk.store).not.toEqual(committed);

  runJob(seat, closeTask(task));
  expect([task.phase, seat.disk.store]).toEqual(["closed", committed]);
  expect(world.cluster.expireTransactions()).toBe(0);
  const { answer } = runJob(seat, openTask(seatIn(world).context));
  expect(answer).toMatchObject({ kind: "open", task: { next: 4, commit: 2 } });
});

test("a task whose commit has an unknown outcome, or that is closed already, writes nothing", () => {
  for (const phase of ["lost", "closed"] as const) {
    const seat = seatIn(newWorld());
    const task = opened(seat);
    process(seat, task, 1);
    task.phase = phase;
    const { effects } = runJob(seat, closeTask(task));
    expect(effects).toEqual([{ kind: "testify", said: "closed", body: { next: 2, commit: 1, clean: false } }]);
  }
});

test("only the newest checkpoints are kept", () => {
  const seat = seatIn(newWorld());
  const task = opened(seat);
  process(seat, task, 7);
  runJob(seat, closeTask(task));
  expect([...seat.disk.checkpoints.keys()]).toEqual([6, 7]);
});

test("a close without a commit since the last checkpoint writes no other", () => {
  const seat = seatIn(newWorld());
  const task = opened(seat);
  process(seat, task, 2);
  const kinds = runJob(seat, closeTask(task)).effects.map(({ kind }) => kind);
  expect(kinds).toEqual(["clean-write", "testify"]);
});
