import { expect, test } from "vitest";
import type { EventBody, EventKind } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import { actPassed, actSettled } from "../../program/program.fixture.ts";
import { cameBack, rollingBack } from "../../program/rolled-back.fixture.ts";
import { findingsOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";
import { toyPlan } from "../toy-pipeline.fixture.ts";

const members = ["member-1", "member-2"];
const byDesign = rollingBack(toyPlan(), members, { rollBackAfter: "gate of member-1" });
const byDesignBack = actSettled(byDesign.back, "every member back at v1");
const turned = (act: string): EventBody => ({ kind: "roll-back-began", act, why: "Waited 10000 ms." });

/** HZ1 and LV3 of an orderly run with these events; milliseconds before those of a kind may be told. */
function judged(
  plan: Plan,
  bodies: readonly EventBody[],
  waits: Readonly<Record<string, number>> = {},
  without: readonly EventKind[] = [],
) {
  const world = new World();
  for (const body of bodies) world.event(body, waits[body.kind] ?? 0);
  const findings = findingsOf(world.finish({}, { plan, without }), { plan });
  const [hz1, lv3] = [findings.get("HZ1"), findings.get("LV3")];
  return { hz1: hz1?.outcome, why: hz1?.why, lv3: lv3?.outcome, anomalies: lv3?.anomalies, doubt: lv3?.why };
}

test("a rollback by design that came to its end is no doubt: what lies behind the turn was never to come", () => {
  expect(judged(byDesign, [byDesignBack])).toMatchObject({ hz1: "valid", lv3: "valid" });
});

test("a way back whose last act did not settle is a doubt", () => {
  expect(judged(byDesign, [])).toMatchObject({
    hz1: "unknown",
    why: "The history lacks upgrade-act-settled of every member back at v1: run again.",
  });
});

test("an act of the way back that a gate did not let pass is named", () => {
  const read: EventBody = {
    kind: "gate-read",
    act: "restore back of member-1",
    gate: "running",
    value: 0,
    bound: 1,
    missing: "member-1 is down",
    decision: "pause",
  };
  expect(judged(byDesign, [read, byDesignBack]).why).toBe(
    "The history lacks gate-read of running of restore back of member-1: run again.",
  );
});

test("a rollback that the plan asks for and that did not come is a doubt", () => {
  const { hz1, why } = judged(byDesign, [byDesignBack], {}, ["roll-back-began"]);
  expect(hz1).toBe("unknown");
  expect(why).toContain(
    "The plan rolls the upgrade back after gate of member-1, and it did not turn back: give the run more time.",
  );
});

test("a turn in an act that the plan does not have makes no act undue", () => {
  expect(judged(byDesign, [turned("nothing"), byDesignBack])).toMatchObject({
    hz1: "unknown",
    why: expect.stringContaining("The upgrade of member-2 did not settle"),
  });
});

test("a stop on the way back is a doubt that says how every member stands and where the journal ends", () => {
  const { hz1, why } = judged(byDesign, [
    { kind: "upgrade-stopped", why: "Waited 10000 ms." },
    {
      kind: "upgrade-escalated",
      act: "restore back of member-1",
      why: "Waited 10000 ms.",
      members: ["member-1 (v1) is gone", "member-2 runs v1"],
      journal: "upgrade-1.ndjson, line 40",
    },
    byDesignBack,
  ]);
  expect(hz1).toBe("unknown");
  expect(why).toContain(
    "The upgrade stays as it stopped: member-1 (v1) is gone, member-2 runs v1; the journal ends in upgrade-1.ndjson, line 40.",
  );
});

const late = rollingBack(toyPlan(), members, { onGateTimeout: "roll-back" });
const cut = "gate of member-2";
const lateBack = cameBack(late, cut);

test("a roll that turned back because an act took too long could not complete: LV3, unless a fault explains it", () => {
  const told = [
    actSettled(late.program, "gate of member-1"),
    ...actPassed(late.program, cut),
    turned(cut),
    ...lateBack,
  ];
  const slow = judged(late, told, { "roll-back-began": 10_000 });
  expect(slow).toMatchObject({
    hz1: "valid",
    lv3: "invalid",
    anomalies: [
      {
        sentence:
          "The roll turned back in gate of member-2 after 10.0 s, the last 10.0 s of them without a fault: Waited 10000 ms.",
      },
    ],
  });
  expect(judged(late, told, { "roll-back-began": 9_000 })).toMatchObject({
    lv3: "unknown",
    doubt: "The upgrade turned back (Waited 10000 ms.), and whether the pipeline held it up cannot be told.",
  });
});

test("a rollback by design in another act than the planned one is no design", () => {
  const told = [turned("stop of member-1"), byDesignBack];
  expect(judged(byDesign, told).lv3).toBe("unknown");
});
