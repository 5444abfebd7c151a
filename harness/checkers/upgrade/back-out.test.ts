import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import type { Finding } from "../../model/finding.ts";
import type { Plan } from "../../model/plan.ts";
import { endsStep } from "../../model/program.ts";
import { actSettled, rolling } from "../../program/program.fixture.ts";
import { compileBack } from "../../program/way-back.ts";
import { findingOf, findingsOf } from "../findings.fixture.ts";
import { World, type Draft } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";
import { fresh, old } from "./readings.fixture.ts";

const members = ["member-1", "member-2", "member-3", "member-4"];
const after = "gate of member-2";
const program = rolling(members);
const upgrade = { ...toyPlan().scenario.upgrade, rollBackAfter: after };
const back = compileBack(program, { members, from: "v1", to: "v2", upgrade, flag: null });
const plan: Plan = { ...toyPlan({ members: 4, upgrade }), program, back };
const turned: EventBody = { kind: "roll-back-began", act: after, why: "The plan rolls back." };
const last = "every member back at v1";

interface Told {
  /** Keys that the old version answers wrongly once it is back. */
  readonly wrong?: readonly string[];
  readonly edit?: (draft: Draft) => void;
  readonly isTurned?: boolean;
  readonly isOver?: boolean;
  readonly extra?: readonly EventBody[];
}

/** v1 and v2 each leave state and read their own; then the upgrade turns back, and v1 goes on from what v2 wrote. */
function rolledBack({ wrong = [], edit, isTurned = true, isOver = true, extra = [] }: Told = {}): World {
  const world = new World();
  work(world, ["member-3", 1, "v1"], old);
  work(world, ["member-4", 1, "v1"], old);
  work(world, ["member-1", 2, "v2"], fresh);
  work(world, ["member-2", 2, "v2"], fresh);
  if (isTurned) world.event(turned);
  work(world, ["member-1", 3, "v1"], fresh, (draft) => {
    draft.outputs = draft.outputs.map((row) => (wrong.includes(String(row.key)) ? { ...row, value: "99" } : row));
    edit?.(draft);
  });
  for (const body of extra) world.event(body);
  if (isOver) world.event(actSettled(back, last));
  return world;
}

function work(
  world: World,
  [member, incarnation, version]: readonly [string, number, string],
  keys: readonly string[],
  edit: (draft: Draft) => void = () => undefined,
): void {
  world.open(0, { member, incarnation, version });
  for (const key of keys) world.input(0, key);
  world.transact(0, { edit });
}

const judge = (world: World, of: Plan = plan): Finding =>
  findingOf("UP3", world.finish({}, { plan: of }), { plan: of });

test("an old version that goes on from the new one's offsets and state is valid, and its answers from them are counted", () => {
  expect(judge(rolledBack())).toMatchObject({ outcome: "valid", examined: 5, anomalies: [] });
});

test("an old version that is wrong from all state of the new, and right from its own, cannot read it", () => {
  const finding = judge(rolledBack({ wrong: fresh }));
  expect(finding.outcome).toBe("invalid");
  expect(finding.anomalies).toEqual([
    expect.objectContaining({
      invariant: "UP3",
      sentence:
        "In count, v1 answered wrongly from 4 of 4 states that v2 wrote, and rightly from all 4 of its own; v2 was right from all 4 of the same.",
      task: "count-0",
      more: 3,
    }),
  ]);
});

test("wrong answers that something else explains as well are a doubt", () => {
  expect(judge(rolledBack({ wrong: ["n1", "n2"] }))).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("an offset that goes back after the turn undoes what was processed", () => {
  const world = rolledBack({ edit: (draft) => (draft.commits = [2]) });
  const finding = judge(world);
  expect(finding.anomalies).toEqual([
    expect.objectContaining({
      sentence:
        "Since the upgrade turned back the committed offset of toy-count for in-0 was taken back: what the new version had processed is undone.",
      expected: "16 or more",
      actual: "2",
      task: "count-0",
      restsOn: [
        {
          ledger: "log",
          partition: "__consumer_offsets-0",
          from: expect.any(Number),
          to: expect.any(Number),
          claims: "presence",
        },
        {
          ledger: "log",
          partition: "__consumer_offsets-0",
          from: expect.any(Number),
          to: expect.any(Number),
          claims: "presence",
        },
      ],
    }),
  ]);
});

test("an offset that a tool deletes or resets outside any transaction after the turn is one, too", () => {
  for (const next of [0, null]) {
    const world = rolledBack();
    world.plainCommit(0, next);
    expect(judge(world).anomalies, String(next)).toHaveLength(1);
  }
});

test("an offset that went back before the turn is OF1's matter, not the rollback's", () => {
  const world = new World();
  work(world, ["member-1", 2, "v2"], fresh);
  work(world, ["member-2", 2, "v2"], fresh, (draft) => (draft.commits = [1]));
  world.event(turned);
  work(world, ["member-1", 3, "v1"], fresh);
  world.event(actSettled(back, last));
  const findings = findingsOf(world.finish({}, { plan }), { plan });
  expect([findings.get("UP3")?.anomalies, findings.get("OF1")?.outcome]).toEqual([[], "invalid"]);
});

const started = (member: string, incarnation: number, version: string): EventBody => ({
  kind: "process-started",
  process: member,
  incarnation,
  version,
  pid: 1,
  sha256: `sources of ${version}`,
});
const lives = (...versions: readonly string[]): readonly EventBody[] =>
  versions.map((version, i) => started("member-2", i + 1, version));

test("a member that is left at the new version, or comes back at it, makes the rollback invalid", () => {
  for (const told of [lives("v1", "v2"), lives("v1", "v2", "v1", "v2")]) {
    const finding = judge(rolledBack({ extra: told }));
    expect(finding).toMatchObject({
      outcome: "invalid",
      anomalies: [
        {
          sentence: `The upgrade was rolled back, and member-2/${told.length} was left at v2.`,
          expected: "every member at the old version in the end",
          actual: "member-2 at v2",
        },
      ],
    });
  }
  expect(judge(rolledBack({ extra: lives("v1", "v2", "v1") })).outcome).toBe("valid");
});

test("a way back that did not come to its end is a doubt, and accuses nobody of being left behind", () => {
  const finding = judge(rolledBack({ isOver: false, extra: lives("v1", "v2") }));
  expect(finding).toMatchObject({ outcome: "unknown", anomalies: [] });
  expect(finding.why).toContain("The way back was not carried out: every member back at v1 did not settle.");
});

test("a start that the history lacks takes the word back that a member was left", () => {
  const world = rolledBack({ extra: [...lives("v1", "v2"), started("member-2", 4, "v2")] });
  expect(judge(world)).toMatchObject({ outcome: "unknown", anomalies: [] });
});

test("commits in undecided transactions after the turn are a doubt", () => {
  const world = rolledBack();
  world.input(0, "n1");
  world.transact(0, { outcome: "gap" });
  expect(judge(world)).toMatchObject({ outcome: "unknown" });
});

test("a run that was not rolled back is idle; one that was to be rolled back is unknown; without an upgrade there is no subject", () => {
  const plain: Plan = { ...toyPlan({ members: 4 }), program };
  const settled = program.flatMap((act) => (endsStep(act) ? [actSettled(program, act.id)] : []));
  const roll = (): World => rolledBack({ isTurned: false, isOver: false, extra: settled });
  expect(judge(roll(), plain)).toMatchObject({ outcome: "idle", examined: 0 });
  const without = findingOf("UP3", roll().finish({}, { plan, without: ["roll-back-began"] }), { plan });
  expect(without).toMatchObject({ outcome: "unknown", examined: 0 });
  expect(judge(roll(), toyPlan({ members: 4 })).outcome).toBe("not-applicable");
});

test("a rollback after which nobody commits anything is idle", () => {
  const world = new World();
  work(world, ["member-1", 2, "v2"], fresh);
  world.event(turned);
  world.event(actSettled(back, last));
  expect(judge(world)).toMatchObject({ outcome: "idle", examined: 0 });
});

test("at least once an offset may go back", () => {
  const repeatable = { ...plan, scenario: { ...plan.scenario, guarantee: "at-least-once" } as const };
  expect(judge(rolledBack({ edit: (draft) => (draft.commits = [2]) }), repeatable).outcome).not.toBe("invalid");
});

test("the empty history and one that is cut off are never valid", () => {
  expect(findingOf("UP3", [], { plan }).outcome).toBe("unknown");
  const whole = rolledBack().finish({}, { plan });
  const cut = whole.findIndex((batch) => batch.kind === "event" && batch.event.kind === "roll-back-began") + 2;
  expect(findingOf("UP3", whole.slice(0, cut), { plan }).outcome).not.toBe("valid");
});
