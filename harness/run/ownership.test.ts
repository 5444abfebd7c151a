import { expect, test } from "vitest";
import { branching } from "../audit/branching.fixture.ts";
import { runNanos, seq } from "../model/brand.ts";
import { tasksOf } from "../model/tasks.ts";
import { beginOwnership } from "./ownership.ts";

const members = ["member-1", "member-2"];
const tasks = tasksOf(branching, branching.topics(6));

/** Ownership once each member has told which tasks it runs. */
function told(...owned: readonly (readonly string[])[]) {
  const ownership = beginOwnership(tasks);
  for (const [i, names] of owned.entries())
    ownership.step({
      kind: "gauge-health",
      member: `member-${i + 1}`,
      incarnation: 1,
      version: "v1",
      ready: true,
      flags: {},
      tasks: names.map((name) => {
        const dash = name.lastIndexOf("-");
        return { stage: name.slice(0, dash), partition: Number(name.slice(dash + 1)), state: "running" };
      }),
      seq: seq(i),
      at: runNanos(i),
    });
  return ownership;
}

test("a reader that owns a partition does not own it for the topic's other readers", () => {
  const others = ["id-0", "id-1", "id-2", "merge-0", "merge-1", "merge-2"];
  const ownership = told(["fee-0", "fee-1", "fee-2"], others);
  expect([ownership.settled(members), ownership.missing(members)]).toEqual([
    false,
    { notReady: [], unowned: ["merge-3"] },
  ]);
  expect(told(["fee-0", "fee-1", "fee-2"], [...others, "merge-3"]).settled(members)).toBe(true);
});

test("who owns a partition depends on the group that is asked for", () => {
  const ownership = told(["fee-0", "merge-1"], ["id-0", "fee-1"]);
  const of = (topic: string, partition: number, group: string | null) => ownership.owner({ topic, partition, group });
  expect([
    of("in", 0, "app"),
    of("in", 0, "ids"),
    of("in", 1, "ids"),
    of("refunds", 1, null),
    of("in", 3, null),
  ]).toEqual(["member-1", "member-2", null, "member-1", null]);
});
