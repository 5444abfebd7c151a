import { expect, test } from "vitest";
import type { UpgradeSpec } from "../model/scenario.ts";
import { compile } from "../program/compile.ts";
import { compileBack } from "../program/way-back.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";

const members = ["member-1", "member-2", "member-3"];
const common = { maxUnavailable: 1, startAfterMs: 0, dwellMs: 1, finalise: true } as const;
const strategies: Readonly<Record<string, UpgradeSpec>> = {
  rolling: { ...common, strategy: "rolling" },
  "rolling in groups": {
    ...common,
    strategy: "rolling",
    maxUnavailable: 2,
    groups: [["member-3"], ["member-1", "member-2"]],
  },
  canary: { ...common, strategy: "canary", canary: { members: 1, dwellMs: 1 } },
  "rolling, after a preflight": { ...common, strategy: "rolling", preflight: { diskFreeMinMiB: 1 } },
  recreate: { ...common, strategy: "recreate", maxUnavailable: 3 },
};

/** What an upgrade leaves: what was done, what runs, and which acts were told to have settled. */
function leaves(cluster: FakeCluster) {
  const deeds = cluster.deeds.filter((deed) => !deed.startsWith("activate"));
  return {
    deeds: deeds.toSorted(),
    running: cluster.running(),
    settled: cluster.settledActs(),
    isActive: cluster.deeds.includes("activate f 1"),
  };
}

/**
 * Stops the coordinator at every record of the journal in turn, before it is written and after, and has another one carry on.
 * Nothing is done twice: no member is stopped or started again; the flag alone may be written again, with the same epoch. Nothing is
 * lost: every act is told to have settled, once and in the program's order.
 */
test.each(Object.entries(strategies))(
  "%s: from every point of its journal another coordinator carries on",
  async (_, upgrade) => {
    const program = compile({ members, to: "v2", upgrade, flag: "f" });
    const prepared = (): FakeCluster => {
      const cluster = new FakeCluster(members);
      if (upgrade.preflight !== undefined) cluster.disk = { freeMiB: 1 };
      return cluster;
    };
    const undisturbed = prepared();
    const whole = new FakeStore();
    expect(await undisturbed.upgrade(whole, { program })).toEqual({ outcome: "done" });
    const expected = leaves(undisturbed);
    expect(expected.settled).toEqual(program.map(({ id }) => id));
    expect(whole.records).toBe(1 + 2 * program.length);
    const points = Array.from({ length: whole.records }, (_, record) =>
      (["before", "after"] as const).map((when) => ({ record, when })),
    ).flat();
    await Promise.all(
      points.map(async (point) => {
        const cluster = prepared();
        const store = new FakeStore();
        store.dieAt = point;
        await expect(cluster.upgrade(store, { program })).rejects.toThrow("died");
        store.dieAt = null;
        expect(await cluster.upgrade(store, { program })).toEqual({ outcome: "done" });
        expect(leaves(cluster), `${point.when} record ${point.record}`).toEqual(expected);
        expect(store.epochs).toHaveLength(2);
      }),
    );
  },
);

test("a coordinator that dies again and again still carries every act out once", async () => {
  const program = compile({ members, to: "v2", upgrade: { ...common, strategy: "rolling" }, flag: "f" });
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  for (let deaths = 0; ; deaths += 1) {
    store.dieAt = { record: store.records + 2, when: deaths % 2 === 0 ? "before" : "after" };
    const outcome = await cluster.upgrade(store, { program }).catch(() => null);
    if (outcome !== null) break;
  }
  expect(leaves(cluster).deeds).toEqual(
    members.flatMap((member) => [`stop ${member}`, `start ${member} v2`]).toSorted(),
  );
  expect(store.epochs.length).toBeGreaterThan(program.length / 2);
});

test("a stopped upgrade stays stopped, and is not told so again", async () => {
  const program = compile({ members, to: "v2", upgrade: { ...common, strategy: "rolling" }, flag: null });
  const cluster = new FakeCluster(members);
  const store = new FakeStore();
  cluster.lag.records = 6;
  const first = await cluster.upgrade(store, { program });
  cluster.lag.records = 0;
  expect(await cluster.upgrade(store, { program })).toEqual(first);
  expect(cluster.deeds).toEqual(["stop member-1", "start member-1 v2"]);
  expect(cluster.events.filter((event) => event.kind === "upgrade-stopped")).toHaveLength(1);
});

/** Every cut of a roll that turns back: by design after each part of a replacement, and because a gate was not met in time. */
const turns = {
  "after the drain of the second member": { rollBackAfter: "drain of member-2" },
  "after the stop of the second member": { rollBackAfter: "stop of member-2" },
  "after the start of the second member": { rollBackAfter: "start of member-2" },
  "after half the members": { rollBackAfter: "gate of member-2" },
  "after all members": { rollBackAfter: "prepare f" },
  "in a catch-up that takes too long": { onGateTimeout: "roll-back" },
} as const;

test.each(Object.entries(turns))(
  "a roll that turns back %s: from every point of its journal another coordinator carries on",
  async (_, rollBack) => {
    const upgrading = {
      members,
      from: "v1",
      to: "v2",
      upgrade: { ...common, strategy: "rolling" } as const,
      flag: "f",
    };
    const program = compile(upgrading);
    const ways = { program, back: compileBack(program, upgrading) };
    const prepared = (): FakeCluster => {
      const cluster = new FakeCluster(members);
      cluster.rollBack = rollBack;
      if ("onGateTimeout" in rollBack) cluster.lag.records = 6;
      cluster.lags = "v2";
      return cluster;
    };
    const undisturbed = prepared();
    const whole = new FakeStore();
    expect(await undisturbed.upgrade(whole, ways)).toMatchObject({ outcome: "rolled-back" });
    const expected = leaves(undisturbed);
    expect(expected.running.every((one) => one.includes(" v1 "))).toBe(true);
    const turnsTold = (cluster: FakeCluster) =>
      cluster.events.flatMap((event) => (event.kind === "roll-back-began" ? [event.act] : []));
    const points = Array.from({ length: whole.records }, (_, record) =>
      (["before", "after"] as const).map((when) => ({ record, when })),
    ).flat();
    await Promise.all(
      points.map(async (point) => {
        const cluster = prepared();
        const store = new FakeStore();
        store.dieAt = point;
        await expect(cluster.upgrade(store, ways)).rejects.toThrow("died");
        store.dieAt = null;
        const where = `${point.when} record ${point.record}`;
        expect(await cluster.upgrade(store, ways), where).toMatchObject({ outcome: "rolled-back" });
        expect(leaves(cluster), where).toEqual(expected);
        expect(turnsTold(cluster), where).toEqual(turnsTold(undisturbed));
        expect(store.epochs).toHaveLength(2);
      }),
    );
  },
);
