import { expect, test } from "vitest";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import { runNanos, seq } from "../model/brand.ts";
import type { EventBody } from "../model/event.ts";
import { actBegan, actSettled } from "../program/program.fixture.ts";
import { rollingBack } from "../program/rolled-back.fixture.ts";
import { beginRunClock } from "./run-clock.ts";
import { beginStepSpans } from "./step-spans.ts";

test("a replacement that is given up ends where the upgrade turns back, and that of the way back is another", () => {
  const back = rollingBack(toyPlan(), ["member-1"], { onGateTimeout: "roll-back" });
  const told: readonly (readonly [ms: number, body: EventBody])[] = [
    [0, { kind: "time-zero" }],
    [4, actBegan(back.program, "drain of member-1")],
    [6, actSettled(back.program, "drain of member-1")],
    [7, actBegan(back.program, "stop of member-1")],
    [9, { kind: "roll-back-began", act: "stop of member-1", why: "late" }],
    [10, actBegan(back.back, "start back of member-1")],
    [12, actSettled(back.back, "start back of member-1")],
    [13, actSettled(back.back, "gate back of member-1")],
  ];
  const clock = beginRunClock();
  const spans = beginStepSpans({ from: "v1", to: "v2" });
  for (const [i, [ms, body]] of told.entries()) {
    const event = { ...body, seq: seq(i), at: runNanos(ms * 1e6) };
    clock.step(event);
    spans.step(event);
  }
  const { steps } = spans.finish(clock);
  const members = ["member-1"];
  expect(steps).toEqual([
    {
      label: "member-1 v1 → v2",
      members,
      fromMs: 4,
      toMs: 9,
      phases: [
        { label: "drain", fromMs: 4, toMs: 6 },
        { label: "stop", fromMs: 7, toMs: 9 },
      ],
    },
    {
      label: "member-1 v2 → v1",
      members,
      fromMs: 10,
      toMs: 13,
      phases: [{ label: "start", fromMs: 10, toMs: 12 }],
    },
  ]);
});
