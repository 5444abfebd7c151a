import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { compile } from "../program/compile.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";

/** What a coordinator knows of what went on under those before it: it is in the history, not in the journal. */

const members = ["member-1", "member-2"];
const common = { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, finalise: true } as const;
const programOf = (dwellMs: number) => compile({ members, to: "v2", upgrade: { ...common, dwellMs }, flag: null });
const brief = programOf(1);

/** A coordinator that ends when the act begins, or `afterMs` later. */
async function killedIn(
  act: string,
  cluster: FakeCluster,
  of: { store: FakeStore; program: typeof brief; afterMs: number },
) {
  const killed = new AbortController();
  using _ = cluster.subscribe((event) => {
    if (event.kind !== "upgrade-act-began" || event.act !== act) return;
    setTimeout(() => killed.abort(new Error("killed")), of.afterMs);
  });
  await expect(cluster.upgrade(of.store, { program: of.program }, killed.signal)).rejects.toThrow(/abort|killed/u);
}

test("a member that a fault paused under the coordinator before is still paused for the next one", async () => {
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  const pause = { fault: "fault-1", faultKind: "pause", targets: ["member-2"] };
  cluster.record({ kind: "fault-applied", ...pause });
  const first = brief[0]?.id ?? "";
  await killedIn(first, cluster, { store, program: brief, afterMs: 20 });
  const resumed = cluster.upgrade(store, { program: brief });
  await sleep(80);
  expect(cluster.deeds).toEqual([]);
  expect(cluster.events.findLast((event) => event.kind === "gate-read")).toMatchObject({
    act: first,
    missing: "member-2 is paused",
  });
  cluster.record({ kind: "fault-healed", fault: "fault-1" });
  expect(await resumed).toEqual({ outcome: "done" });
});

test("the clock of a wait goes on: coordinators that come and go do not give a gate more time", async () => {
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  cluster.lag.records = 6;
  await killedIn("catch-up of member-1", cluster, { store, program: brief, afterMs: 150 });
  await sleep(150);
  expect(await cluster.upgrade(store, { program: brief })).toEqual({
    outcome: "stopped",
    why: "Waited 400 ms for catch-up of member-1 (lag: member-1 lags by 6 records, above 5).",
  });
  const waits = cluster.events.filter((event) => event.kind === "gate-read" && event.act === "catch-up of member-1");
  const waitedMs = (Number(waits.at(-1)?.at) - Number(waits[0]?.at)) / 1e6;
  expect(waitedMs).toBeLessThan(150 + 150 + 400);
});

test("a dwell that was begun goes on, and says how long it took in all", async () => {
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  const program = programOf(300);
  const dwell = program.find(({ kind }) => kind === "dwell")?.id ?? "";
  await killedIn(dwell, cluster, { store, program, afterMs: 200 });
  await sleep(100);
  const resumed = performance.now();
  expect(await cluster.upgrade(store, { program })).toEqual({ outcome: "done" });
  expect(performance.now() - resumed).toBeLessThan(250);
  const settled = cluster.events.find((event) => event.kind === "upgrade-act-settled" && event.act === dwell);
  expect(settled).toMatchObject({ tookMs: expect.toSatisfy((ms: number) => ms >= 295) });
});

test("the time before the first act is not waited for again, nor is a first send that has been", async () => {
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  store.dieAt = { record: 1, when: "before" };
  await expect(cluster.upgrade(store, { program: brief })).rejects.toThrow("died");
  store.dieAt = null;
  expect(await cluster.upgrade(store, { program: brief })).toEqual({ outcome: "done" });
  expect(cluster.events.filter((event) => event.kind === "time-zero")).toHaveLength(1);
});
