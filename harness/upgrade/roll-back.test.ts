import { expect, test } from "vitest";
import type { UpgradeSpec } from "../model/scenario.ts";
import { wayBack, type Ways } from "../model/way-back.ts";
import { compile } from "../program/compile.ts";
import { compileBack } from "../program/way-back.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";

const members = ["member-1", "member-2", "member-3"];
const common = { maxUnavailable: 1, startAfterMs: 0, dwellMs: 1, finalise: true } as const;
const rolling: UpgradeSpec = { ...common, strategy: "rolling" };
const strategies: Readonly<Record<string, UpgradeSpec>> = {
  rolling,
  "rolling in groups": { ...rolling, maxUnavailable: 2, groups: [["member-3"], ["member-1", "member-2"]] },
  canary: { ...common, strategy: "canary", canary: { members: 1, dwellMs: 1 } },
  recreate: { ...common, strategy: "recreate", maxUnavailable: 3 },
};

function waysOf(upgrade: UpgradeSpec) {
  const upgrading = { members, from: "v1", to: "v2", upgrade, flag: "f" };
  const program = compile(upgrading);
  return { program, back: compileBack(program, upgrading) } satisfies Ways;
}

/** Of a run that turns back after this act. */
async function turnedAfter(rollBackAfter: string, ways = waysOf(rolling)) {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { rollBackAfter };
  return { cluster, outcome: await cluster.upgrade(new FakeStore(), ways) };
}

test("after half of the members, those two go back, the last one first, and the third is never touched", async () => {
  const { cluster, outcome } = await turnedAfter("gate of member-2");
  expect(outcome).toEqual({ outcome: "rolled-back", why: "The plan rolls back after gate of member-2." });
  expect(cluster.deeds).toEqual([
    "stop member-1",
    "start member-1 v2",
    "stop member-2",
    "start member-2 v2",
    "stop member-2",
    "start member-2 v1",
    "stop member-1",
    "start member-1 v1",
  ]);
  expect(cluster.running()).toEqual(["member-1 v1 3", "member-2 v1 3", "member-3 v1 1"]);
});

test.each(Object.entries(strategies))(
  "%s: from after every act that is no activation every member comes back to the old version, and only those that were taken down are touched",
  async (_, upgrade) => {
    const ways = waysOf(upgrade);
    const { program, back } = ways;
    await Promise.all(
      program
        .filter(({ kind }) => kind !== "activate")
        .map(async ({ id }, i) => {
          const { cluster, outcome } = await turnedAfter(id, ways);
          expect(outcome.outcome, id).toBe("rolled-back");
          expect(cluster.running().every((one) => one.includes(" v1 "))).toBe(true);
          const begun = program.slice(0, program.findIndex((act) => act.id === id) + 1);
          expect(cluster.settledActs()).toEqual([...begun, ...wayBack(back, begun)].map((act) => act.id));
          const down = new Set(begun.flatMap((act) => (act.kind === "take-down" ? act.members : [])));
          const started = cluster.deeds.filter((deed) => deed.endsWith(" v1")).map((deed) => deed.split(" ")[1] ?? "");
          expect(started.toSorted(), `${i} ${id}`).toEqual([...down].toSorted());
        }),
    );
  },
);

test("a gate that is not met in time turns the upgrade back in its act, which is given up and never told as settled", async () => {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { onGateTimeout: "roll-back" };
  cluster.lag.records = 6;
  cluster.lags = "v2";
  const why = "Waited 400 ms for catch-up of member-1 (lag: member-1 lags by 6 records, above 5).";
  expect(await cluster.upgrade(new FakeStore(), waysOf(rolling))).toEqual({ outcome: "rolled-back", why });
  expect(cluster.running()).toEqual(["member-1 v1 3", "member-2 v1 1", "member-3 v1 1"]);
  expect(cluster.settledActs()).not.toContain("catch-up of member-1");
  expect(cluster.events.findLast((event) => event.kind === "roll-back-began")).toMatchObject({
    act: "catch-up of member-1",
    why,
  });
  expect(cluster.events.filter((event) => event.kind === "gate-read" && event.decision === "roll-back")).toHaveLength(
    1,
  );
});

test("a way back that is not passed in time stops, and tells a person how every member stands and where the journal ends", async () => {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { rollBackAfter: "gate of member-1" };
  cluster.settled = (act) => {
    if (act === "gate of member-1") cluster.lag.records = 6;
    return Promise.resolve();
  };
  cluster.lags = "v1";
  const store = new FakeStore();
  const outcome = await cluster.upgrade(store, waysOf(rolling));
  expect(outcome).toEqual({
    outcome: "stopped",
    why: expect.stringMatching(
      /^Waited 400 ms for catch-up back of member-1 .*That was on the way back, which began in gate of member-1\.$/u,
    ),
  });
  const escalated = {
    kind: "upgrade-escalated",
    act: "catch-up back of member-1",
    members: ["member-1 runs v1", "member-2 runs v1", "member-3 runs v1"],
    journal: `upgrade-1.ndjson, line ${store.records}`,
  };
  expect(cluster.events.at(-1)).toMatchObject(escalated);
  expect(await cluster.upgrade(store, waysOf(rolling))).toEqual(outcome);
  expect(cluster.events.filter((event) => event.kind === "upgrade-escalated")).toHaveLength(1);
});

test("an activation that takes too long is no longer rolled back: the upgrade stops with the reason", async () => {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { onGateTimeout: "roll-back" };
  cluster.hidesFlags = true;
  expect(await cluster.upgrade(new FakeStore(), waysOf(rolling))).toEqual({
    outcome: "stopped",
    why: expect.stringMatching(/^Waited 400 ms for activate f .* It is not rolled back: activate f had begun/u),
  });
  expect(cluster.running()).toEqual(["member-1 v2 2", "member-2 v2 2", "member-3 v2 2"]);
});

test("a new version that ends by itself goes back, although it is down", async () => {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { onGateTimeout: "roll-back" };
  cluster.settled = (act) => {
    if (act === "start of member-2") cluster.endByItself("member-2", null);
    return Promise.resolve();
  };
  const outcome = await cluster.upgrade(new FakeStore(), waysOf(rolling));
  expect(outcome).toMatchObject({
    outcome: "rolled-back",
    why: expect.stringMatching(/^Waited 400 ms for restore of member-2 \(running: member-2 is down/u),
  });
  expect(cluster.running()).toEqual(["member-1 v1 3", "member-2 v1 3", "member-3 v1 1"]);
});

test("a member that comes up at the new version on the way back is never told as back", async () => {
  const cluster = new FakeCluster(members);
  cluster.rollBack = { rollBackAfter: "gate of member-2" };
  cluster.staysNew.add("member-2");
  expect(await cluster.upgrade(new FakeStore(), waysOf(rolling))).toMatchObject({
    outcome: "stopped",
    why: expect.stringContaining("restore back of member-2 (running: member-2 runs v2, not v1)"),
  });
  expect(cluster.events.at(-1)).toMatchObject({
    kind: "upgrade-escalated",
    members: ["member-1 runs v2", "member-2 runs v2", "member-3 runs v1"],
  });
});
