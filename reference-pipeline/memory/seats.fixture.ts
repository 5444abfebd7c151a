import { openTask } from "../core/open.ts";
import { processBatch } from "../core/process.ts";
import { correct, type Strategy } from "../core/strategy.ts";
import type { OpenTask } from "../core/task.ts";
import type { Version } from "../core/version.ts";
import { v1 } from "../versions/v1.ts";
import { runJob, type Seat } from "./driver.ts";
import { velocityTrial } from "./matrix.ts";
import { World } from "./world.ts";

const task = { stage: "velocity", partition: 0 } as const;
const noFlags: ReadonlySet<string> = new Set();

/** A fresh cluster with the payments in it. */
export function newWorld(strategy: Strategy = correct): World {
  return new World(velocityTrial(strategy, { name: "", from: v1, to: v1, flagFrom: null }));
}

/** A start of task velocity-0 on a member. */
export function seatIn(world: World, member = "member-1", version: Version = v1): Seat {
  return world.start(task, { member, version, leaveFrom: null }).seat;
}

export function opened(seat: Seat): OpenTask {
  const { answer } = runJob(seat, openTask(seat.context));
  if (answer.kind !== "open") throw new Error(`The task did not open: ${answer.kind}.`);
  return answer.task;
}

/** So many transactions of two records each. */
export function process(seat: Seat, open: OpenTask, transactions: number): void {
  for (let left = transactions; left > 0; left -= 1) {
    const records = seat.cluster.readCommitted("payments", 0, open.next);
    runJob(seat, processBatch(open, records, noFlags));
  }
}
