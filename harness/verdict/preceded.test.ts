import { expect, test } from "vitest";
import { toyDescription } from "../checkers/toy-pipeline.fixture.ts";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import { beginInjured, learnInjured } from "./exercised/injured.ts";
import { noBefore, precededBy, stepBefore } from "./preceded.ts";

/** What precedes an anomaly of count-0 that lies behind all of these events. */
function preceded(bodies: readonly EventBody[], { speaks = true, at = bodies.length, task = "count-0" } = {}) {
  const injured = beginInjured();
  const before = noBefore({ ...toyDescription, speaks }, injured);
  for (const [i, body] of bodies.entries()) {
    const event = { ...body, seq: seq(i), at: runNanos(i) };
    learnInjured(injured, event);
    stepBefore(before, event);
  }
  return precededBy(before, task, at);
}

const opened = (
  member: string,
  incarnation: number,
  body: EventBody<"testimony">["body"] = {},
  task = "count-0",
): EventBody => ({
  kind: "testimony",
  member,
  incarnation,
  said: "opened",
  task,
  body,
});
const ended = (process: string, incarnation: number, cause: string): EventBody => ({
  kind: "process-ended",
  process,
  incarnation,
  code: null,
  signal: null,
  cause,
});
const fault = (id: string, faultKind: string, target: string): readonly EventBody[] => [
  { kind: "fault-planned", fault: id, faultKind, target: "owner of in-0", trigger: null },
  { kind: "fault-journalled", fault: id, targets: [target], undo: [] },
];

test("a crash of the owner, then another member's opening with what it started from", () => {
  expect(
    preceded([
      opened("member-1", 1),
      ...fault("fault-1", "crash", "member-1"),
      ended("member-1", 1, "fault"),
      opened("member-2", 1, { warm: true, checkpoint: 4 }),
    ]),
  ).toEqual({
    sentence: "fault-1 (crash) ended member-1/1; member-2/1 then opened count-0 (warm, from checkpoint 4)",
    evidence: ["e:3", "e:4"],
  });
});

test("the crash that left the opener's own disk behind is told, although others had the task meanwhile", () => {
  const found = preceded([
    opened("member-1", 1),
    ...fault("fault-1", "crash", "member-1"),
    ended("member-1", 1, "fault"),
    opened("member-2", 1),
    ended("member-2", 1, "asked"),
    opened("member-1", 2, { warm: false, checkpoint: null }),
  ]);
  expect(found?.sentence).toBe(
    "fault-1 (crash) ended member-1/1; member-2/1 was stopped; member-1/2 then opened count-0 (cold, without a checkpoint)",
  );
});

test("an owner that lives on is told by the fault that took the task from it, on itself or on its links", () => {
  for (const target of ["member-1", "member-1→broker-2"])
    expect(
      preceded([opened("member-1", 1), ...fault("fault-2", "hold", target), opened("member-2", 1)])?.sentence,
    ).toBe("fault-2 (hold) was injected into member-1; member-2/1 then opened count-0");
});

test("an end that nobody asked for is no fault's, and a fault of another process is not named", () => {
  expect(
    preceded([
      opened("member-1", 1),
      ...fault("fault-1", "crash", "member-3"),
      ended("member-1", 1, "unexpected"),
      opened("member-2", 1),
    ])?.sentence,
  ).toBe("member-1/1 ended by itself; member-2/1 then opened count-0");
});

test("only what lies before the anomaly counts, and nothing is known of a task that nobody opened", () => {
  const events = [opened("member-1", 1), ended("member-1", 1, "asked"), opened("member-2", 1)];
  expect(preceded(events, { at: 1 })?.sentence).toBe("member-1/1 opened count-0");
  expect(preceded(events, { task: "count-1" })).toBeNull();
});

test("of a pipeline that says nothing the owners in its groups' records are told", () => {
  const health = (member: string, incarnation: number): EventBody => ({
    kind: "gauge-health",
    member,
    incarnation,
    version: "v1",
    ready: true,
    flags: {},
    tasks: [{ stage: "count", partition: 0 }],
  });
  const events = [health("member-1", 1), health("member-1", 1), ended("member-1", 1, "asked"), health("member-2", 1)];
  expect(preceded(events, { speaks: false })).toEqual({
    sentence: "member-1/1 was stopped; member-2/1 then opened count-0",
    evidence: ["e:2", "e:3"],
  });
});

test("however many tasks testimony names, the memory is bounded, and those of before are still told", () => {
  const before = noBefore(toyDescription, beginInjured());
  for (let i = 0; i < 20_000; i += 1)
    stepBefore(before, { ...opened("member-1", 1, {}, `count-${i}`), seq: seq(i), at: runNanos(i) });
  expect(before.openings.size).toBe(4_096);
  expect(precededBy(before, "count-0", 20_000)?.sentence).toBe("member-1/1 opened count-0");
});
