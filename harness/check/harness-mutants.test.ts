/** The harness must catch itself: each way in which it could fool itself ends in unknown, in words that name it. */
import { expect, test } from "vitest";
import { beginAudit } from "../audit/audit.ts";
import { beginHandWritten, status, twoStages } from "../audit/hand-written.fixture.ts";
import { findingOf } from "../checkers/findings.fixture.ts";
import { World } from "../checkers/hand-written.fixture.ts";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import type { EventBody } from "../model/event.ts";
import type { EvidenceEnd } from "../model/evidence.ts";
import type { PlannedFault } from "../model/plan.ts";
import { actSettled, rolling } from "../program/program.fixture.ts";

const crash: PlannedFault = {
  id: "fault-1",
  kind: "crash",
  target: "member-1",
  pick: 0,
  trigger: { kind: "time", atMs: 0 },
  forMs: 1_000,
  params: {},
};
const probed: readonly EventBody[] = [
  { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null },
  { kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: null },
];

function told(bodies: readonly EventBody[], faults: readonly PlannedFault[], change: Partial<EvidenceEnd> = {}) {
  const world = new World();
  for (const body of bodies) world.event(body, 1_000);
  const plan = toyPlan({}, faults);
  const { outcome, why } = findingOf("HZ1", world.finish(change, { plan }), { plan });
  return [outcome, why];
}

test("H1: a fault that is recorded and was not applied has no proof, or no end of what it was to end", () => {
  expect(told([], [crash])).toEqual(["unknown", expect.stringContaining("fault-1 was not proven active")]);
  expect(told(probed, [crash])).toEqual([
    "unknown",
    "The history lacks process-ended of member-1 by fault-1: run again.",
  ]);
});

test("H2: events that the recorder dropped are missed, by their numbers or by what needs them", () => {
  const gaps = [{ what: "history file events: Item 7 is missing", topic: null, partition: null, from: null, to: null }];
  expect(told([], [], { complete: false, gaps })).toEqual(["unknown", expect.stringContaining("Item 7 is missing")]);
});

test("H3: a drain that ended early leaves committed records waiting", () => {
  const world = new World();
  world.input(0, "a");
  expect(findingOf("HZ1", world.finish())).toMatchObject({
    outcome: "unknown",
    why: expect.stringContaining("The drain ended although committed records wait for count-0"),
  });
});

test("H4: two versions of the same sources are one version", () => {
  const program = rolling(["member-1"]);
  const plan = { ...toyPlan(), program };
  const start = (process: string, incarnation: number, version: string): EventBody => ({
    kind: "process-started",
    process,
    incarnation,
    version,
    pid: 1,
    sha256: "same",
  });
  const world = new World();
  for (const body of [start("member-1", 1, "v1"), start("member-2", 1, "v1"), start("member-1", 2, "v2")])
    world.event(body);
  world.event(actSettled(program, "gate of member-1"));
  expect(findingOf("HZ1", world.finish({}, { plan }), { plan }).why).toMatch(/^v1 and v2 are the same binary/);
});

test("H5: a tail that leaves out what was aborted has holes where it lay", () => {
  const history = beginHandWritten();
  const by = { pid: 7, epoch: 0 };
  const [place] = ["in-0"] as const;
  history.state("id", by, status.ongoing, [place]);
  history.skip(place, 3); // the aborted records and their marker
  history.state("id", by, status.prepareAbort, [place]);
  history.state("id", by, status.completeAbort);
  history.data(place, [{ key: "k", value: "v" }]);
  const audit = beginAudit({ description: twoStages, specification: null, partitions: 1 });
  for (const item of history.items) audit.step(item);
  const end = audit.finish({ complete: true, problems: [] }).at(-1);
  if (end?.kind !== "end") throw new Error("no end");
  expect(end.end.gaps.map(({ topic, partition }) => [topic, partition])).toContainEqual(["in", 0]);
  expect(told([], [], { gaps: end.end.gaps })).toEqual([
    "unknown",
    expect.stringMatching(/^Evidence is missing in in-0/),
  ]);
});

test("H6: a clock that jumps is named", () => {
  expect(told([{ kind: "clock-stepped", deltaMs: 9_000 }], [])).toEqual([
    "unknown",
    "The wall clock stepped by 9000 ms: stop what sets it, then run again.",
  ]);
});
