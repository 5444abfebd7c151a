import { expect, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import { compile } from "../program/compile.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";

const program = compile({
  members: ["member-1", "member-2"],
  to: "v2",
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 1, finalise: true },
  flag: "f",
});
const wholeRoll = ["stop member-1", "start member-1 v2", "stop member-2", "start member-2 v2", "activate f 1"];
const upgrade = (cluster: FakeCluster) => cluster.upgrade(new FakeStore(), { program });

test("the acts are carried out in the program's order", async () => {
  const cluster = new FakeCluster();
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.deeds).toEqual(wholeRoll);
  expect(cluster.settledActs()).toEqual(program.map(({ id }) => id));
});

test("every gate of every act is read, and what it read last let the act pass", async () => {
  const cluster = new FakeCluster();
  await upgrade(cluster);
  const last = new Map(
    cluster.events.flatMap((event) =>
      event.kind === "gate-read" ? [[`${event.act}: ${event.gate}`, event.decision] as const] : [],
    ),
  );
  const expected = program.flatMap(({ id, gates }) => gates.map((gate) => [`${id}: ${gate}`, "proceed"] as const));
  expect([...last]).toEqual(expected);
});

test("a member that a crash took in its drain is waited for and drained again at its old version", async () => {
  const cluster = new FakeCluster();
  cluster.crashInDrain.add("member-1");
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.deeds.slice(0, 3)).toEqual(["stop member-1", "stop member-1", "start member-1 v2"]);
});

test("a member that ends by itself as it is to be stopped is replaced at once: nobody brings the old version back", async () => {
  const cluster = new FakeCluster();
  cluster.dieBeforeStop.add("member-1");
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.deeds).toEqual(wholeRoll);
});

test("a member that ended by itself before its drain is waited for", async () => {
  const cluster = new FakeCluster();
  cluster.endByItself("member-1", 30);
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.deeds).toEqual(wholeRoll);
  expect(cluster.running()).toEqual(["member-1 v2 3", "member-2 v2 2"]);
});

test("a gate that is not met in time stops the upgrade and says what was missing", async () => {
  const cluster = new FakeCluster();
  cluster.lag.records = 6;
  const outcome = await upgrade(cluster);
  const why = "Waited 400 ms for catch-up of member-1 (lag: member-1 lags by 6 records, above 5).";
  expect(outcome).toEqual({ outcome: "stopped", why });
  expect(cluster.events.findLast((event) => event.kind === "upgrade-stopped")).toMatchObject({ why });
  expect(cluster.events.findLast((event) => event.kind === "gate-read")).toMatchObject({
    act: "catch-up of member-1",
    gate: "lag",
    value: 6,
    bound: 5,
    decision: "stop",
  });
});

test("a gate that is not met because the new version ends by itself says so", async () => {
  const cluster = new FakeCluster();
  cluster.lag.records = 6;
  cluster.broken.add("member-1");
  expect(await upgrade(cluster)).toMatchObject({
    outcome: "stopped",
    why: expect.stringMatching(/^Waited 400 ms for catch-up of member-1 .* member-1 at v2 ended by itself\.$/),
  });
});

test("an environment that cannot do what it is asked to is no gate that was not met: the run ends", async () => {
  const cluster = new FakeCluster();
  const gone = new RollproofError("environment-unavailable", "The daemon is gone.", { remedy: "Start it." });
  cluster.settled = () => Promise.reject(gone);
  await expect(upgrade(cluster)).rejects.toBe(gone);
  expect(cluster.events.filter((event) => event.kind === "upgrade-stopped")).toEqual([]);
});

test("an act is settled only when its faults are", async () => {
  const cluster = new FakeCluster();
  const order: string[] = [];
  cluster.settled = (act) => {
    order.push(`${act} after ${cluster.settledActs().length}`);
    return Promise.resolve();
  };
  await upgrade(cluster);
  expect(order).toEqual(program.map(({ id }, i) => `${id} after ${i}`));
});

test("a coordinator that is fenced in the middle of an act begins nothing more", async () => {
  const cluster = new FakeCluster();
  const store = new FakeStore();
  cluster.settled = async (act) => {
    if (act === "stop of member-1") await store.claim((await store.newest()) + 1);
  };
  await expect(cluster.upgrade(store, { program })).rejects.toThrow("Coordinator 2 has taken the upgrade over from 1.");
  expect(cluster.deeds).toEqual(["stop member-1"]);
});

const seen = {
  kind: "anomaly-seen",
  invariant: "EO1",
  sentence: "An effect is there twice.",
  evidence: ["r:out-0@1"],
  record: 1,
  ageMs: 200,
} as const;

test.each([
  ["dwell after member-1", 60_000],
  ["rejoin of member-1", 1],
  ["drain of member-2", 1],
])(
  "an anomaly that is seen in %s stops the upgrade there, long before that act would be over",
  async (act, dwellMs) => {
    const cluster = new FakeCluster();
    cluster.subscribe((event) => {
      if (event.kind === "upgrade-act-began" && event.act === act) setTimeout(() => cluster.record(seen), 5);
    });
    const long = compile({
      members: ["member-1", "member-2"],
      to: "v2",
      upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs, finalise: false },
      flag: null,
    });
    cluster.settled = (one) => (one === act ? new Promise(() => undefined) : Promise.resolve());
    const outcome = await cluster.upgrade(new FakeStore(), { program: long });
    expect(outcome).toEqual({
      outcome: "stopped",
      why: "EO1 was seen in the running history: An effect is there twice.",
    });
    expect(cluster.events.at(-1)?.kind).toBe("upgrade-stopped");
    expect(cluster.settledActs()).not.toContain(act);
    const began = cluster.events.flatMap((event) => (event.kind === "upgrade-act-began" ? [event.act] : []));
    expect(began.at(-1)).toBe(act);
  },
);

test("what is seen before the first act lets none begin, and checks that end although they were asked for do the same", async () => {
  const ended = { kind: "online-checks-ended", items: 0, looks: 0, cpuMs: 0, longestLookMs: 0, lagMs: 0 } as const;
  for (const event of [seen, { ...ended, why: "The online checks ended by themselves." }]) {
    const cluster = new FakeCluster();
    cluster.subscribe((one) => {
      if (one.kind === "coordinator-began") cluster.record(event);
    });
    expect((await upgrade(cluster)).outcome).toBe("stopped");
    expect(cluster.deeds).toEqual([]);
  }
  const cluster = new FakeCluster();
  cluster.subscribe((one) => {
    if (one.kind === "coordinator-began") cluster.record({ ...ended, why: null });
  });
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
});
