import { expect, test } from "vitest";
import { rolling } from "../program/program.fixture.ts";
import { FakeCluster } from "./fake-cluster.fixture.ts";
import { FakeStore } from "./fake-store.fixture.ts";
import { beginView } from "./gates/view.ts";
import { openUpgradeJournal } from "./journal.ts";
import { holdSources, releaseSources } from "./sources.ts";

const program = rolling(["member-1"]);
const act = "catch-up of member-1";

/** A cluster whose member catches up only once the workload is held, or not at all. */
function lagging({ catchesUp, forMs = 5_000 }: { readonly catchesUp: boolean; readonly forMs?: number }): FakeCluster {
  const cluster = new FakeCluster(["member-1"]);
  cluster.holds = { holdSources: { afterMs: 20, forMs } };
  cluster.lag.records = 9;
  cluster.subscribe((event) => {
    if (event.kind === "sources-held" && catchesUp) setTimeout(() => (cluster.lag.records = 0), 10);
  });
  return cluster;
}

function toldOf({ events }: FakeCluster): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "sources-held" || event.kind === "sources-released" ? [`${event.kind} in ${event.act}`] : [],
  );
}

const heldAndReleased = [`sources-held in ${act}`, `sources-released in ${act}`];
const kindsIn = (text: string): readonly string[] =>
  text
    .trim()
    .split("\n")
    .map((line) => String(JSON.parse(line).written.kind));

test("an act that waits for long holds the workload until its gates let it pass, in the journal as in the history", async () => {
  const cluster = lagging({ catchesUp: true });
  const store = new FakeStore();
  expect(await cluster.upgrade(store, { program })).toEqual({ outcome: "done" });
  expect(toldOf(cluster)).toEqual(heldAndReleased);
  const kinds = kindsIn(await store.read(1));
  const held = kinds.indexOf("sources-held");
  expect(kinds.slice(held - 1, held + 3)).toEqual(["act-began", "sources-held", "sources-released", "act-settled"]);
  expect(cluster.events.flatMap((event) => (event.kind === "gate-read" ? [event.decision] : []))).toContain("hold");
});

test("a workload that was held for as long as it may be is released, and the act given up", async () => {
  const cluster = lagging({ catchesUp: false, forMs: 100 });
  const outcome = await cluster.upgrade(new FakeStore(), { program });
  expect(outcome).toMatchObject({ outcome: "stopped", why: expect.stringMatching(/^Held the sources for 100 ms/u) });
  expect(toldOf(cluster)).toEqual(heldAndReleased);
  expect(cluster.events.at(-1)?.kind).toBe("upgrade-stopped");
});

test("where nothing waits for so long, or the scenario does not ask for it, nothing is held", async () => {
  const swift = new FakeCluster(["member-1"]);
  swift.holds = { holdSources: { afterMs: 300, forMs: 50 } };
  expect(await swift.upgrade(new FakeStore(), { program })).toEqual({ outcome: "done" });
  const other = lagging({ catchesUp: false });
  other.holds = {};
  expect((await other.upgrade(new FakeStore(), { program })).outcome).toBe("stopped");
  expect([...toldOf(swift), ...toldOf(other)]).toEqual([]);
});

/** The number of the journal's record that holds the workload, and of the one that releases it. */
const began = program.findIndex(({ id }) => id === act);
const [holding, releasing] = [2 + 2 * began, 3 + 2 * began];

test.each([
  [holding, "before"],
  [holding, "after"],
  [releasing, "before"],
  [releasing, "after"],
] as const)("a coordinator that dies at record %i, %s it was written, leaves nothing held", async (record, when) => {
  const cluster = lagging({ catchesUp: true });
  const store = new FakeStore();
  store.dieAt = { record, when };
  await expect(cluster.upgrade(store, { program })).rejects.toThrow("died");
  store.dieAt = null;
  cluster.lag.records = 0;
  expect(await cluster.upgrade(store, { program })).toEqual({ outcome: "done" });
  expect(toldOf(cluster).at(-1)).not.toBe(`sources-held in ${act}`);
  expect(cluster.settledActs()).toEqual(program.map(({ id }) => id));
});

test("a workload is released although the view does not show yet that it was held", async () => {
  const journal = await openUpgradeJournal(new FakeStore(), { program });
  const [first] = program;
  if (first === undefined) throw new Error("no act");
  await journal.append({ kind: "act-began", act: first.id });
  const told: string[] = [];
  const sources = {
    journal,
    view: beginView(),
    record: ({ kind }: { kind: string }) => void told.push(kind),
    now: () => 0,
  };
  await holdSources(first.id, "late", sources);
  await releaseSources(first.id, sources);
  await releaseSources(first.id, sources);
  expect(told).toEqual(["sources-held", "sources-released"]);
});
