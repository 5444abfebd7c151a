import { expect, test } from "vitest";
import type { EventBody, Json } from "../../model/event.ts";
import { findingOf } from "../findings.fixture.ts";
import { World } from "../hand-written.fixture.ts";

const says = (said: string, body: Json, task: string | null = null, member = "member-1"): EventBody => ({
  kind: "testimony",
  member,
  incarnation: 1,
  said,
  task,
  body,
});

/** HZ1's words about testimony beside one commit of offset 2 and an assignment of both partitions. */
function told(...bodies: readonly EventBody[]): string | null {
  const world = new World();
  world.generation({ "member-1": [0, 1] });
  world.input(0, "a");
  world.input(0, "b");
  world.transact(0);
  for (const body of bodies) world.event(body);
  const { why, anomalies } = findingOf("HZ1", world.finish());
  expect(anomalies).toEqual([]);
  return why;
}

test("testimony that the logs bear out is no doubt", () => {
  expect(
    told(
      says("started", { version: "v1" }),
      says("assigned", { stage: "count", partitions: "1,0" }),
      says("opened", { committed: null }, "count-0"),
      says("committed", { next: 2 }, "count-0"),
      says("whatever", { next: 99 }, "count-0"),
    ),
  ).toBe(null);
});

test("a commit that no log holds is a doubt about the testimony, told once", () => {
  const claims = [5, 6, 7].map((next) => says("committed", { next }, "count-0"));
  expect(told(...claims)).toBe(
    'member-1/1 says that offset 5 of count-0 was committed ("committed"), and the offsets log has no such commit (3 such claims; this is the first). The testimony is false; mend what the member prints.',
  );
  expect(told(says("opened", { committed: 4 }, "count-1"))).toMatch(/offset 4 of count-1 was committed \("opened"\)/);
});

test("an aborted commit is no commit", () => {
  const world = new World();
  world.input(0, "a");
  world.transact(0, { outcome: "aborted" });
  world.event(says("committed", { next: 1 }, "count-0"));
  world.transact(0, { upTo: 0 });
  expect(findingOf("HZ1", world.finish()).why).toMatch(/offset 1 of count-0 was committed/);
});

test("an assignment that no generation gave is a doubt", () => {
  expect(told(says("assigned", { stage: "count", partitions: "0" }))).toMatch(
    /^member-1\/1 says that it was assigned 0 of count, and no generation/,
  );
});

test("a version or an incarnation that was not started is a doubt, whoever says it", () => {
  expect(told(says("started", { version: "v9" }))).toBe(
    'member-1/1 was started as v1, but its testimony "started" says v9. One of the two is false; see what was started.',
  );
  const health = { kind: "gauge-health", ready: true, flags: {}, tasks: [] } as const;
  expect(told({ ...health, member: "member-1", incarnation: 1, version: "v2" })).toMatch(
    /started as v1, but its health says v2/,
  );
  expect(told({ ...health, member: "member-1", incarnation: 7, version: "v1" })).toMatch(
    /^member-1\/7 was never started/,
  );
});

test("a header that names a version or an incarnation that was not started is a doubt", () => {
  const written = (member: string, version: string): string | null => {
    const world = new World();
    world.input(0, "a");
    const { session } = world.task(0);
    world.transact(0, { session: { ...session, member, version } });
    return findingOf("HZ1", world.finish()).why;
  };
  expect(written("member-1", "v1")).toBe(null);
  expect(written("member-1", "v2")).toBe(
    "member-1/1 was started as v1, but the header of count-log-0@0 says v2. One of the two is false; see what was started.",
  );
  expect(written("member-9", "v1")).toMatch(/^member-9\/1 was never started, but the header of count-log-0@0 names it/);
});

test("where the logs have a hole they refute nothing", () => {
  const world = new World();
  world.event(says("committed", { next: 5 }, "count-0"));
  const gaps = [{ what: "a torn file", topic: null, partition: null, from: null, to: null }];
  expect(findingOf("HZ1", world.finish({ gaps })).why).not.toMatch(/testimony is false/);
});
