import { expect, test } from "vitest";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import type { UpgradeSpec } from "../model/scenario.ts";
import { brokenQuorum, leastAvailable } from "./availability.ts";
import { compile } from "./compile.ts";
import { backLines, programLines } from "./render.ts";
import { compileBack } from "./way-back.ts";

const members = ["member-1", "member-2", "member-3"];
const common = { maxUnavailable: 1, startAfterMs: 0, dwellMs: 5, finalise: true } as const;
const rolling = { ...common, strategy: "rolling" } as const;
const compiled = (upgrade: UpgradeSpec, flag: string | null = null) => compile({ members, to: "v2", upgrade, flag });
/** The acts that do something, without those that only wait. */
const deeds = (upgrade: UpgradeSpec, flag: string | null = null): readonly string[] =>
  compiled(upgrade, flag).flatMap(({ id, kind }) => (kind === "await" ? [] : [id]));

test("rolling replaces one member after another, with a dwell between two, and activates the flag at the end", () => {
  expect(deeds(rolling, "f")).toEqual([
    "drain of member-1",
    "stop of member-1",
    "start of member-1",
    "dwell after member-1",
    "drain of member-2",
    "stop of member-2",
    "start of member-2",
    "dwell after member-2",
    "drain of member-3",
    "stop of member-3",
    "start of member-3",
    "prepare f",
    "activate f",
  ]);
});

test("nothing is activated where the scenario does not finalise, or the pipeline has no flag", () => {
  const activations = (upgrade: UpgradeSpec, flag: string | null) =>
    compiled(upgrade, flag).filter(({ kind }) => kind === "prepare" || kind === "activate").length;
  expect([
    activations(rolling, "f"),
    activations({ ...rolling, finalise: false }, "f"),
    activations(rolling, null),
  ]).toEqual([2, 0, 0]);
});

test("groups are as many members as may be unavailable, or those that the scenario names", () => {
  const starts = (upgrade: UpgradeSpec) => deeds(upgrade).filter((id) => id.startsWith("start"));
  expect(starts({ ...rolling, maxUnavailable: 2 })).toEqual(["start of member-1+member-2", "start of member-3"]);
  const groups = [["member-3"], ["member-2", "member-1"]];
  expect(starts({ ...rolling, maxUnavailable: 2, groups })).toEqual([
    "start of member-3",
    "start of member-2+member-1",
  ]);
});

test("recreate takes all down before any comes up; a canary is compared before the others follow", () => {
  expect(deeds({ ...common, strategy: "recreate", maxUnavailable: 3 })).toEqual(
    ["drain", "stop", "start"].map((phase) => `${phase} of member-1+member-2+member-3`),
  );
  const canary = compiled({ ...common, strategy: "canary", canary: { members: 1, dwellMs: 7 } }).map(({ id }) => id);
  const order = ["gate of member-1", "dwell after member-1", "compare member-1", "ready before member-2"];
  expect(canary.filter((id) => order.includes(id))).toEqual(order);
});

test.each<[string, UpgradeSpec]>([
  ["rolling", rolling],
  ["rolling in pairs", { ...rolling, maxUnavailable: 2 }],
  ["canary", { ...common, strategy: "canary", canary: { members: 2, dwellMs: 7 } }],
  ["recreate", { ...common, strategy: "recreate", maxUnavailable: 3 }],
])(
  "%s brings each member up once at the version, behind an end of it, under ids that no other act has",
  (_, upgrade) => {
    const program = compiled(upgrade, "f");
    expect(new Set(program.map(({ id }) => id)).size).toBe(program.length);
    for (const member of members) {
      const own = program.filter((act) => act.members.includes(member) && act.step !== null);
      expect(own.map(({ phase }) => phase)).toEqual([
        "drain",
        "stop",
        "start",
        "restore",
        "rejoin",
        "catch-up",
        "gate",
      ]);
      expect(new Set(own.map(({ step }) => step)).size).toBe(1);
    }
  },
);

test("a strategy that leaves fewer members available than it may is refused with the numbers", () => {
  const why = (upgrade: UpgradeSpec) => brokenQuorum({ members, to: "v2", upgrade, flag: null });
  const recreate = { ...common, strategy: "recreate", maxUnavailable: 3 } as const;
  expect(
    [rolling, { ...rolling, maxUnavailable: 2 }, recreate].map((of) => leastAvailable(compiled(of), members)),
  ).toEqual([2, 1, 0]);
  expect([why(rolling), why({ ...rolling, minAvailable: 2 }), why(recreate)]).toEqual([null, null, null]);
  expect(why({ ...rolling, maxUnavailable: 2, minAvailable: 2 })).toBe(
    "rolling with max-unavailable 2 leaves 1 of 3 members available; min-available asks for 2: lower one of them, or add members",
  );
  expect(why({ ...rolling, maxUnavailable: 3 })).toBe(
    "rolling with groups of 3 members leaves 0 of 3 members available: make the groups smaller, or use recreate",
  );
  expect(why({ ...recreate, minAvailable: 1 })).toMatch(/^recreate takes every member down at once/u);
});

test("the program is shown act by act, with what each does and its gates", () => {
  expect(programLines(compiled({ ...common, strategy: "recreate", maxUnavailable: 3 }, "f")).slice(-4)).toEqual([
    "  7  catch-up of member-1+member-2+member-3   await v2  gates: lag",
    "  8  gate of member-1+member-2+member-3       await v2  gates: running, lag, checkpoint-lag",
    "  9  prepare f                                prepare f  gates: running",
    " 10  activate f                               activate f  gates: flag",
  ]);
});

const returned = (upgrade: UpgradeSpec) =>
  compileBack(compiled(upgrade, "f"), { members, from: "v1", to: "v2", upgrade, flag: "f" });

test("the way back undoes the replacements, the last one first, under ids that the way forward does not have", () => {
  const back = returned({ ...rolling, maxUnavailable: 2 });
  expect(programLines(back)).toEqual([
    "  1  ready before member-3 goes back           await  gates: quorum",
    "  2  drain back of member-3                    take-down until drained",
    "  3  stop back of member-3                     take-down until ended",
    "  4  start back of member-3                    bring-up v1  gates: up",
    "  5  restore back of member-3                  await v1  gates: running",
    "  6  rejoin back of member-3                   await v1  gates: held",
    "  7  catch-up back of member-3                 await v1  gates: lag",
    "  8  gate back of member-3                     await v1  gates: running, lag, checkpoint-lag",
    "  9  ready before member-1+member-2 goes back  await  gates: quorum",
    " 10  drain back of member-1+member-2           take-down until drained",
    " 11  stop back of member-1+member-2            take-down until ended",
    " 12  start back of member-1+member-2           bring-up v1  gates: up",
    " 13  restore back of member-1+member-2         await v1  gates: running",
    " 14  rejoin back of member-1+member-2          await v1  gates: held",
    " 15  catch-up back of member-1+member-2        await v1  gates: lag",
    " 16  gate back of member-1+member-2            await v1  gates: running, lag, checkpoint-lag",
    " 17  every member back at v1                   await v1  gates: available, running, owners",
  ]);
  const forward = new Set(compiled({ ...rolling, maxUnavailable: 2 }, "f").map(({ id }) => id));
  expect(back.filter(({ id }) => forward.has(id))).toEqual([]);
});

test("on the way back replacements are counted on, and as many members stay as the scenario asks for", () => {
  const steps = (upgrade: UpgradeSpec) => [
    ...new Set(returned(upgrade).flatMap(({ step }) => (step === null ? [] : [step]))),
  ];
  const leaves = (upgrade: UpgradeSpec) => [
    ...new Set(returned(upgrade).flatMap((act) => (act.kind === "await" ? (act.leaves ?? []) : []))),
  ];
  expect([steps(rolling), leaves(rolling)]).toEqual([[3, 4, 5], [1]]);
  expect(leaves({ ...rolling, minAvailable: 2 })).toEqual([2]);
  const recreate = { ...common, strategy: "recreate", maxUnavailable: 3 } as const;
  expect([steps(recreate), leaves(recreate)]).toEqual([[1], [0]]);
});

test("the way back is shown under when it is taken, as far as it may come, and not at all where it never is", () => {
  const shown = (upgrade: UpgradeSpec) =>
    backLines({
      scenario: { ...toyPlan().scenario, upgrade },
      program: compiled(upgrade, "f"),
      back: returned(upgrade),
    });
  const planned = shown({ ...rolling, rollBackAfter: "gate of member-2" });
  expect(planned[0]).toBe("\nOn roll back, after gate of member-2, of the members that have been taken down by then:");
  expect(planned.filter((line) => line.includes("start back")).map((line) => line.trim().split(/\s{2,}/u)[1])).toEqual([
    "start back of member-2",
    "start back of member-1",
  ]);
  const any = shown({ ...rolling, rollBackAfter: "prepare f", onGateTimeout: "roll-back" });
  expect(any[0]).toBe(
    "\nOn roll back, after prepare f, or when an act takes longer than gates.timeout, of the members that have been taken down by then:",
  );
  expect(any.length).toBe(1 + returned(rolling).length);
  expect(backLines({ scenario: toyPlan().scenario, program: [] })).toEqual([]);
});

test("a level to keep is a gate before members are taken down and before their replacement is over; none changes nothing", () => {
  const slo = { restarts: 0, "output-latency-p99": 2_000 };
  const watched = compiled({ ...rolling, slo }).filter(({ gates }) => gates.includes("restarts"));
  expect(watched.map(({ id, gates }) => [id, gates.slice(-2)])).toEqual(
    members.flatMap((member) =>
      [`ready before ${member}`, `gate of ${member}`].map((id) => [id, ["output-latency-p99", "restarts"]]),
    ),
  );
  expect(compiled({ ...rolling, slo: {} })).toEqual(compiled(rolling));
});

test("a preflight comes before anybody is taken down, with the levels to keep as well", () => {
  const preflight = { diskFreeMinMiB: 200 };
  const [first, ...rest] = compiled({ ...rolling, preflight });
  expect(first).toEqual({
    id: "preflight",
    kind: "await",
    members,
    step: null,
    phase: null,
    version: null,
    gates: ["available", "owners", "lag", "checkpoint-lag", "under-replicated", "disk-free"],
  });
  expect(rest).toEqual(compiled(rolling));
  const watched = compiled({ ...rolling, preflight, slo: { "under-replicated": 1, errors: 0 } })[0];
  expect(watched?.gates).toEqual([...(first?.gates ?? []), "errors"]);
  expect(returned({ ...rolling, preflight })).toEqual(returned(rolling));
});
