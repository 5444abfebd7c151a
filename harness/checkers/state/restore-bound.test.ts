import { expect, test } from "vitest";
import type { EventBody, Json } from "../../model/event.ts";
import type { Finding } from "../../model/finding.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyDescription, toyPlan } from "../toy-pipeline.fixture.ts";
import { rolling } from "../../program/program.fixture.ts";

interface Said {
  readonly changelogFrom?: number;
  readonly committed?: number | null;
  readonly kept?: boolean;
}

/**
 * member-1/1 leaves a checkpoint of count-0 at changelog offset 990 of 1,000, for input 10, besides an older one; member-1/2 then says
 * how it opened the task.
 */
function world({ changelogFrom = 990, committed = 12, kept = false }: Said, incarnation = 2): World {
  const made = new World();
  made.input(0, "a");
  made.transact(0);
  made.checkpoint(0, { inputNext: 1, changelogNext: 3 });
  made.checkpoint(0, { inputNext: 10, changelogNext: 990, number: 2 });
  const body: Json = { warm: true, kept, checkpoint: 2, changelogFrom, changelogTo: 1_000, applied: 1, committed };
  made.event({ kind: "testimony", member: "member-1", incarnation, said: "opened", task: "count-0", body });
  return made;
}

const judged = (said: Said, incarnation?: number): Finding => findingOf("RS1", world(said, incarnation).finish());

test("a member that says that it restored from scratch beside a sound checkpoint leaves a doubt, and is not convicted", () => {
  expect(judged({ changelogFrom: 0 })).toMatchObject({
    outcome: "unknown",
    examined: 1,
    anomalies: [],
    why: "member-1/2 says that it restored count-0 from 0 to 1000, 1000 records, although members/member-1/1/disk/count-0/checkpoints/2 leaves 10 to restore. That is the members' own word, which no log bears out: see why they passed over the checkpoint.",
  });
  expect(judged({ changelogFrom: 3 }).outcome).toBe("unknown");
});

test("what agrees with the checkpoint shows nothing, since it is the member's own word", () => {
  for (const said of [{}, { changelogFrom: 880 }, { changelogFrom: 0, kept: true }])
    expect(judged(said)).toMatchObject({
      outcome: "idle",
      examined: 0,
      why: expect.stringContaining("1 openings say"),
    });
});

test("a checkpoint ahead of the commit, or left by another life than the one before, is none to go on from", () => {
  // The older one is sound: its whole changelog had to be restored.
  expect(judged({ changelogFrom: 3, committed: 5 })).toMatchObject({ outcome: "idle" });
  expect(judged({ changelogFrom: 0, committed: null })).toMatchObject({
    outcome: "idle",
    why: expect.stringContaining("No task was opened"),
  });
  expect(judged({ changelogFrom: 0 }, 3)).toMatchObject({
    outcome: "idle",
    why: expect.stringContaining("No task was opened"),
  });
});

/** Two members that were v2 leave a checkpoint each, and go on as v1 from these offsets of the changelog. */
function rolledBack(changelogFrom: readonly number[]): Finding {
  const made = new World();
  const started = (member: string, incarnation: number, version: string): EventBody => ({
    kind: "process-started",
    process: member,
    incarnation,
    version,
    pid: 1,
    sha256: `sources of ${version}`,
  });
  for (const [p, from] of changelogFrom.entries()) {
    const member = `member-${p + 1}`;
    made.event(started(member, 1, "v2"));
    made.open(p, { member, incarnation: 1, version: "v2" });
    made.checkpoint(p, { inputNext: 10, changelogNext: 990 });
    made.event(started(member, 2, "v1"));
    const body: Json = { kept: false, changelogFrom: from, changelogTo: 1_000, committed: 12 };
    made.event({ kind: "testimony", member, incarnation: 2, said: "opened", task: `count-${p}`, body });
  }
  const plan = { ...toyPlan(), program: rolling(["member-1", "member-2"]) };
  return findingOf("RS1", made.finish({}, { plan }), { plan });
}

test("an old version that cannot read the new one's checkpoints goes on from the changelog; one that can has to", () => {
  expect(rolledBack([0, 0])).toMatchObject({ outcome: "idle" });
  expect(rolledBack([990, 990])).toMatchObject({ outcome: "idle", why: expect.stringContaining("2 openings say") });
  expect(rolledBack([990, 0])).toMatchObject({
    outcome: "unknown",
    examined: 1,
    why: expect.stringContaining("member-2/2 says that it restored count-1 from 0 to 1000"),
  });
});

test("only the first opening of an incarnation is compared with what its disk had", () => {
  const twice = world({});
  const body = {
    warm: false,
    kept: false,
    checkpoint: null,
    changelogFrom: 0,
    changelogTo: 1_000,
    applied: 9,
    committed: 12,
  };
  twice.event({ kind: "testimony", member: "member-1", incarnation: 2, said: "opened", task: "count-0", body });
  expect(findingOf("RS1", twice.finish()).outcome).toBe("idle");
});

test("testimony of any form is taken in, and changes nothing", () => {
  const odd = world({});
  for (const body of [null, "opened", { changelogFrom: "0", committed: [] }, { committed: 1e99, changelogFrom: -1e99 }])
    odd.event({ kind: "testimony", member: "member-1", incarnation: 2, said: "opened", task: "count-1", body });
  expect(findingOf("RS1", odd.finish()).outcome).toBe("idle");
});

test("without checkpoints there is no such subject; a pipeline that says nothing shows nothing; an unfinished history is unknown", () => {
  const of = (change: Partial<typeof toyDescription>): Finding =>
    findingOf("RS1", world({}).finish(), { description: { ...toyDescription, ...change } });
  expect(of({ checkpoint: null }).outcome).toBe("not-applicable");
  expect(of({ speaks: false })).toMatchObject({ outcome: "idle" });
  expect(findingOf("RS1", world({}).batches).outcome).toBe("unknown");
  expect(findingOf("RS1", []).outcome).toBe("unknown");
});
