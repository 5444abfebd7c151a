import { expect, test } from "vitest";
import { beginHandWritten } from "../audit/hand-written.fixture.ts";
import { beginRollCall, type RollCall } from "../audit/roll-call.ts";
import { groupRecord, silent } from "../audit/silent.fixture.ts";
import { RollproofError } from "../base/errors.ts";
import { memberId, runNanos, seq } from "../model/brand.ts";
import type { Process } from "../model/environment.ts";
import { tasksOf } from "../model/tasks.ts";
import { beginOwnership } from "./ownership.ts";
import { untilReady } from "./until-ready.ts";

const slots = [memberId("member-1")];
const { signal } = new AbortController();
const process = {
  id: "member-1",
  logTail: () => Promise.resolve("the last words"),
} satisfies Partial<Process>;

/** Whoever is in the group of the stage. */
function groupOf(...clientIds: readonly string[]): RollCall {
  const rollCall = beginRollCall();
  const history = beginHandWritten();
  history.data("__consumer_offsets-0", [
    groupRecord(
      "copiers",
      1,
      clientIds.map((id) => [`id-of-${id}`, id, []]),
    ),
  ]);
  for (const item of history.items) if (item.kind === "frame") rollCall.step(item.batch);
  return rollCall;
}

/** Waits for one silent member and one task. Deadlines are so many times the usual ones. */
async function waited(
  rollCall: RollCall,
  {
    hostFactor,
    broken = null,
    isReady = false,
  }: { hostFactor: number; broken?: RollproofError | null; isReady?: boolean },
): Promise<void> {
  const tasks = tasksOf(silent, silent.topics(1));
  const ownership = beginOwnership(tasks);
  const told = {
    kind: "gauge-health",
    member: "member-1",
    incarnation: 1,
    version: "v1",
    ready: true,
    flags: {},
  } as const;
  const running = [{ stage: "copy", partition: 0, state: "running", inputNext: null, checkpointNext: null }];
  if (isReady) ownership.step({ ...told, tasks: running, seq: seq(0), at: runNanos(0) });
  const latest = (): Process => Object.assign(Object.create(null), process);
  const members = { broken: () => broken, latest };
  await untilReady({ description: silent, signal, hostFactor }, { members, tasks, ownership, rollCall, slots });
}

test("a pipeline whose member is ready and owns its task is waited for no longer", async () => {
  await waited(groupOf("member-1"), { hostFactor: 1_000, isReady: true });
});

test("a member that ends again and again ends the wait at once, whatever the deadline", async () => {
  const broken = new RollproofError("member-failed", "member-1 ended 3 times at its start.", { remedy: "Read." });
  await expect(waited(beginRollCall(), { hostFactor: 1_000, broken })).rejects.toBe(broken);
});

test("a group full of others ends the wait long before the deadline", async () => {
  await expect(waited(groupOf("member-1-consumer"), { hostFactor: 0.05 })).rejects.toMatchObject({
    code: "member-failed",
    message: expect.stringContaining(`are the client ids "member-1-consumer", expected are "member-1"`),
  });
});

test("a deadline that passes is told by what is missing and the last words, and is not the environment's fault", async () => {
  await expect(waited(beginRollCall(), { hostFactor: 0.001 })).rejects.toMatchObject({
    code: "member-failed",
    message: `The pipeline does not come up: Nobody is in the group "copiers" of stage copy, which reads in: expected are the client ids "member-1".\nThe end of member-1's log:\nthe last words`,
  });
});
