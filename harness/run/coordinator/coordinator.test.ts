import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { zeroOf } from "../../base/clock.ts";
import type { Process } from "../../model/environment.ts";
import type { Ways } from "../../model/way-back.ts";
import { compile } from "../../program/compile.ts";
import { compileBack } from "../../program/way-back.ts";
import type { UpgradeOutcome } from "../../upgrade/engine.ts";
import { FakeCluster } from "../../upgrade/fake-cluster.fixture.ts";
import { Coordinator } from "./coordinator.ts";

const members = ["member-1", "member-2"];
const upgrading = {
  members,
  from: "v1",
  to: "v2",
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 0, dwellMs: 1, finalise: true },
  flag: "f",
} as const;
const program = compile(upgrading);

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-coordinator-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

type Deed = (
  coordinator: Coordinator,
  record: { readonly entry: string; readonly act: string | null },
) => Promise<void>;

interface Carrying {
  readonly ways?: Ways;
  readonly on?: Deed;
  readonly pingsMissedMax?: number;
}

/** An upgrade by coordinators that are real processes, over members that are not; `on` is called with each record of the journal. */
async function carriedOut(
  cluster: FakeCluster,
  { ways = { program }, on = () => Promise.resolve(), pingsMissedMax = 60 }: Carrying,
  signal = new AbortController().signal,
): Promise<UpgradeOutcome> {
  const { record, subscribe } = cluster;
  await using coordinator = new Coordinator({
    log: join(directory, "coordinator.log"),
    recorder: { record, subscribe },
    signal,
    pingsMissedMax,
  });
  const { members: hands, activate, faults, plan, pipeline, view, now } = cluster.options(signal);
  const { gates } = plan.scenario;
  // A process takes its time, and on a slow machine more of it.
  const patient = { ...plan.scenario, gates: { ...gates, timeoutMs: 30_000 } };
  cluster.record({ kind: "time-zero" });
  const sampling = setInterval(() => cluster.sample(), 5);
  try {
    return await coordinator.carryOut({
      ways,
      beginning: () => ({
        plan: { scenario: patient, ...ways },
        journals: directory,
        pipeline,
        members: hands.ids,
        view,
        clockZero: zeroOf(now),
        hostFactor: 1,
      }),
      hands: {
        members: hands,
        activate,
        faults: { ...faults, journalled: async (entry) => await on(coordinator, entry) },
      },
    });
  } finally {
    clearInterval(sampling);
  }
}

/** Crashes the coordinator, and has the next one started a moment later. */
async function crash(coordinator: Coordinator): Promise<void> {
  const killed = processOf(coordinator);
  const { signal } = new AbortController();
  await killed.do("crash", signal);
  void coordinator.restart(killed, signal);
}

function processOf(coordinator: Coordinator): Process {
  const process = coordinator.target();
  if (process === null) throw new Error("no coordinator");
  return process;
}

/** What an upgrade leaves. The flag may be written again, with the same epoch. */
function leaves(cluster: FakeCluster) {
  return {
    deeds: [...new Set(cluster.deeds)].toSorted(),
    deedCount: cluster.deeds.filter((deed) => !deed.startsWith("activate")).length,
    running: cluster.running(),
    settled: cluster.settledActs(),
  };
}

async function undisturbed(ways: Ways, prepare: (cluster: FakeCluster) => void = () => undefined) {
  const cluster = new FakeCluster(members);
  prepare(cluster);
  await carriedOut(cluster, { ways });
  return leaves(cluster);
}

test("the upgrade is carried out by another process, which is told as its own beginning and end", async () => {
  const cluster = new FakeCluster(members);
  expect(await carriedOut(cluster, {})).toEqual({ outcome: "done" });
  expect(cluster.settledActs()).toEqual(program.map(({ id }) => id));
  expect(cluster.events.filter(({ kind }) => kind.startsWith("coordinator-"))).toMatchObject([
    { kind: "coordinator-began", epoch: 1, settled: 0 },
    { kind: "coordinator-ended", incarnation: 1, cause: "asked" },
  ]);
});

test("crashed at records of its journal, it is followed by others, which repeat nothing and lose nothing", async () => {
  const expected = await undisturbed({ program });
  rmSync(directory, { recursive: true });
  directory = mkdtempSync(join(tmpdir(), "rollproof-coordinator-"));
  const cluster = new FakeCluster(members);
  const due = ["act-began stop of member-1", "act-settled start of member-1", "act-began activate f"];
  const outcome = await carriedOut(cluster, {
    async on(coordinator, { entry, act }) {
      if (due[0] !== `${entry} ${act}`) return;
      due.shift();
      await crash(coordinator);
    },
  });
  expect([outcome, due]).toEqual([{ outcome: "done" }, []]);
  expect(leaves(cluster)).toEqual(expected);
  expect(readdirSync(directory).filter((name) => name.startsWith("upgrade-"))).toHaveLength(4);
  expect(cluster.events.flatMap((event) => (event.kind === "coordinator-ended" ? [event.cause] : []))).toEqual([
    "fault",
    "fault",
    "fault",
    "asked",
  ]);
}, 30_000);

test("crashed as it turns back, it is followed by one that goes the way back", async () => {
  const ways = { program, back: compileBack(program, upgrading) };
  const prepare = (cluster: FakeCluster): void => {
    cluster.rollBack = { rollBackAfter: "gate of member-1" };
  };
  const expected = await undisturbed(ways, prepare);
  rmSync(directory, { recursive: true });
  directory = mkdtempSync(join(tmpdir(), "rollproof-coordinator-"));
  const cluster = new FakeCluster(members);
  prepare(cluster);
  const outcome = await carriedOut(cluster, {
    ways,
    on: async (coordinator, { entry }) => (entry === "roll-back-began" ? await crash(coordinator) : undefined),
  });
  expect(outcome).toMatchObject({ outcome: "rolled-back" });
  expect(leaves(cluster)).toEqual(expected);
}, 30_000);

test("one that ends by itself ends the upgrade, by name", async () => {
  const cluster = new FakeCluster(members);
  const outcome = carriedOut(cluster, {
    on: (coordinator) => Promise.resolve(void process.kill(processOf(coordinator).pid, "SIGKILL")),
  });
  await expect(outcome).rejects.toThrow("The upgrade's coordinator ended by itself (SIGKILL).");
  expect(cluster.events.filter(({ kind }) => kind === "coordinator-ended")).toMatchObject([
    { incarnation: 1, signal: "SIGKILL", cause: "unexpected" },
  ]);
});

test("one that is stopped from outside ends the upgrade, by name, and is ended", async () => {
  let pid = 0;
  const outcome = carriedOut(new FakeCluster(members), {
    on(coordinator) {
      ({ pid } = processOf(coordinator));
      return Promise.resolve(void process.kill(pid, "SIGSTOP"));
    },
    pingsMissedMax: 8,
  });
  await expect(outcome).rejects.toThrow("The upgrade's coordinator has left 8 pings without an answer, one a second.");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
}, 40_000);

test("an interrupted run ends it", async () => {
  const cluster = new FakeCluster(members);
  const run = new AbortController();
  let pid = 0;
  const outcome = carriedOut(
    cluster,
    {
      on(coordinator) {
        ({ pid } = processOf(coordinator));
        run.abort(new Error("called off"));
        return Promise.resolve();
      },
    },
    run.signal,
  );
  await expect(outcome).rejects.toThrow("called off");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("a journal that is damaged is refused before anything is done", async () => {
  await carriedOut(new FakeCluster(members), {});
  const path = join(directory, "upgrade-1.ndjson");
  writeFileSync(path, readFileSync(path, "utf8").replace("act-settled", "act-settlen"));
  const cluster = new FakeCluster(members);
  await expect(carriedOut(cluster, {})).rejects.toThrow(/^upgrade-1\.ndjson is damaged at line \d+\.$/u);
  expect(cluster.deeds).toEqual([]);
});

test("nothing but a crash can be done to it", async () => {
  const tried: string[] = [];
  await carriedOut(new FakeCluster(members), {
    async on(coordinator) {
      if (tried.length > 0) return;
      await processOf(coordinator)
        .do("pause", new AbortController().signal)
        .catch((cause: unknown) => tried.push(String(cause)));
    },
  });
  expect(tried).toEqual(["RollproofError: The upgrade's coordinator is crashed, not pause."]);
});
