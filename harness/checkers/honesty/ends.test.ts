import { expect, test } from "vitest";
import type { EventBody } from "../../model/event.ts";
import type { PlannedFault } from "../../model/plan.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";
import { actBegan, actSettled, rolling } from "../../program/program.fixture.ts";

const faultOf = (kind: string, target: string): PlannedFault => ({
  id: "fault-1",
  kind,
  target,
  pick: 0,
  trigger: { kind: "time", atMs: 0 },
  forMs: 1_000,
  params: {},
});
interface How {
  readonly code?: number | null;
  readonly signal?: string | null;
  readonly cause?: string;
}
const ended = (
  process: string,
  { code = null, signal = null, cause = "unexpected" }: How,
  incarnation = 1,
): EventBody => ({
  kind: "process-ended",
  process,
  incarnation,
  code,
  signal,
  cause,
});
const started = (process: string, incarnation = 2): EventBody => ({
  kind: "process-started",
  process,
  incarnation,
  version: "v1",
  pid: 2,
  sha256: process.startsWith("member") ? "sources of v1" : null,
});

const lag = (partition: number): EventBody => ({
  kind: "gauge-lag",
  stage: "count",
  partition,
  committedNext: null,
  lag: 0,
});

/** HZ1's words about these events, a second apart, in the middle of an otherwise orderly run. */
function told(bodies: readonly EventBody[], faults: readonly PlannedFault[] = []): string | null {
  const world = new World();
  for (const body of bodies) world.event(body, 1_000);
  const plan = toyPlan({}, faults);
  const { outcome, why, anomalies } = findingOf("HZ1", world.finish({}, { plan }), { plan });
  expect(anomalies).toEqual([]);
  expect(outcome).toBe(why === null ? "valid" : "unknown");
  return why;
}

/** A life that somebody ended, and the orderly rest of its successor's. */
const life = (process: string, how: How): readonly EventBody[] => [
  started(process, 1),
  ended(process, how),
  started(process),
  ...(process.startsWith("member")
    ? [
        ...[0, 1].map(lag),
        { kind: "drained" as const },
        ended(process, { code: 0, cause: "asked" }, 2),
        ...[1, 2].map((incarnation): EventBody => ({
          kind: "disk-copied",
          member: process,
          incarnation,
          path: "disk",
          files: 0,
          bytes: 0,
          list: [],
          left: [],
          leftCount: 0,
        })),
      ]
    : []),
];

const nothingAsked = (what: string, how: string): string =>
  `${what}/1 ended at 2.0 s with ${how}, and nothing in the run asked for it. It was started again as ${what}/2. Read its log; if somebody else ended it, run again.`;

test("a member or a broker that somebody ends makes the run unknown, and says what became of it", () => {
  expect(told(life("member-1", { signal: "SIGKILL" }))).toBe(nothingAsked("member-1", "SIGKILL"));
  expect(told(life("member-1", { signal: "SIGTERM" }))).toBe(nothingAsked("member-1", "SIGTERM"));
  expect(told(life("member-1", { code: 0 }))).toBe(nothingAsked("member-1", "exit code 0"));
  expect(told(life("member-1", { code: 137 }))).toBe(nothingAsked("member-1", "exit code 137"));
  expect(told(life("broker-1", { signal: "SIGKILL" }))).toBe(nothingAsked("broker-1", "SIGKILL"));
  expect(told([ended("broker-1", { signal: "SIGKILL" })])).toMatch(/^broker-1\/1 .* It was not started again\./);
});

test("what a member ends with by itself is its own: LV3 judges that, and the run is as good as any", () => {
  expect(told(life("member-1", { code: 1 }))).toBe(null);
  expect(told(life("broker-1", { code: 1 }))).toBe(nothingAsked("broker-1", "exit code 1"));
});

test("ends of one kind are told once, and counted", () => {
  const again = [1, 2, 3].flatMap((incarnation): EventBody[] => [
    started("broker-1", incarnation),
    ended("broker-1", { code: 1 }, incarnation),
  ]);
  expect(told(again)).toMatch(
    /^broker-1\/1 ended at 2\.0 s with exit code 1 \(3 times; this is the first\), and nothing/,
  );
});

const journalled = (target: string): EventBody => ({
  kind: "fault-journalled",
  fault: "fault-1",
  targets: [target],
  undo: null,
});
const active: EventBody = { kind: "fault-probed-active", fault: "fault-1", active: true, proof: null };
const healed: EventBody = { kind: "fault-probed-healed", fault: "fault-1", healed: true, proof: null };

test.each([
  ["a crash ends its target", "crash", { signal: "SIGKILL", cause: "fault" }],
  ["a stop ends its target in order", "stop", { code: 0, cause: "fault" }],
  ["a full disk ends a process", "disk-full", { code: 1 }],
  ["a full disk ends a process by a signal", "disk-full", { signal: "SIGBUS" }],
] as const)("%s: that is what was planned", (_, kind, how) => {
  const fault = faultOf(kind, "member-1");
  expect(told([journalled("member-1"), active, ...life("member-1", how), healed], [fault])).toBe(null);
});

test("a member that gives up because of a fault elsewhere is not the harness's doubt; one that is killed meanwhile is", () => {
  const fault = faultOf("pause", "member-2");
  const during = (how: How) => told([journalled("member-2"), active, ...life("member-1", how), healed], [fault]);
  expect(during({ code: 1 })).toBe(null);
  expect(during({ signal: "SIGKILL" })).toMatch(/SIGKILL, and nothing in the run asked for it/);
  expect(during({ code: 0 })).toMatch(/exit code 0, and nothing in the run asked for it/);
  expect(during({ code: 137 })).toMatch(/exit code 137, and nothing in the run asked for it/);
});

test("a broker does not give up because of a fault on a member", () => {
  const fault = faultOf("pause", "member-2");
  expect(told([journalled("member-2"), active, ...life("broker-1", { code: 1 }), healed], [fault])).toMatch(
    /^broker-1\/1/,
  );
});

test("an end that is put down to a fault needs one that ends processes, active on this process at that time", () => {
  const puts = (kind: string, target: string, bodies: readonly EventBody[]) => told(bodies, [faultOf(kind, target)]);
  const killed = life("member-1", { signal: "SIGKILL", cause: "fault" });
  const why = /SIGKILL, and it was put down to a fault, but no fault that ends processes was active on it\./;
  expect(told(killed)).toMatch(why);
  expect(puts("pause", "member-1", [journalled("member-1"), active, ...killed, healed])).toMatch(why);
  expect(puts("crash", "member-2", [journalled("member-2"), active, ...killed, healed])).toMatch(why);
  const late = [0, 0, 0, 0, 0].map(lag);
  expect(puts("crash", "member-1", [journalled("member-1"), active, healed, ...late, ...killed])).toMatch(why);
});

test("a crash of the coordinator has to have ended one", () => {
  const crash = faultOf("crash", "coordinator");
  const coordinatorEnded = (cause: string): EventBody => ({
    kind: "coordinator-ended",
    incarnation: 1,
    code: null,
    signal: "SIGKILL",
    cause,
  });
  const during = (...bodies: readonly EventBody[]) =>
    told([journalled("coordinator"), active, ...bodies, healed], [crash]);
  expect(during(coordinatorEnded("fault"))).toBe(null);
  const lacks = "The history lacks coordinator-ended of coordinator by fault-1: run again.";
  expect([during(), during(coordinatorEnded("unexpected"))]).toEqual([lacks, lacks]);
});

const program = rolling(["member-1"]);

test("an orderly stop is asked for by an act of the upgrade, ends by SIGTERM or with exit code 0, and nothing else", () => {
  const during = (how: How): string | null =>
    told([
      actBegan(program, "stop of member-1"),
      actSettled(program, "stop of member-1"),
      ...life("member-1", { cause: "asked", ...how }),
    ]);
  expect([during({ code: 0 }), during({ signal: "SIGTERM" }), during({ code: 143 })]).toEqual([null, null, null]);
  expect(during({ signal: "SIGKILL" })).toMatch(/with SIGKILL, and it was asked to stop by SIGTERM\./);
  expect(during({ code: 137 })).toMatch(/with exit code 137, and it was asked to stop in order\./);
  expect(told(life("member-1", { cause: "asked", code: 0 }))).toMatch(
    /put down to the upgrade, but no act of it was stopping it/,
  );
});

test("what ends after the run was called off is part of that", () => {
  const why = told([{ kind: "interrupted", why: "SIGINT" }, ended("broker-1", { signal: "SIGKILL" })]);
  expect(why).toMatch(/ended early \(SIGINT\)/);
  expect(why).not.toMatch(/broker-1/);
});
