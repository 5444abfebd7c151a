import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RollproofError } from "../base/errors.ts";
import type { EndCause, Exit, MemberEnd, Process } from "../model/environment.ts";
import { FakeHistory } from "../model/events.fixture.ts";
import type { Scenario, UpgradePhase } from "../model/scenario.ts";
import { openUpgradeJournal, programOf } from "./journal.ts";
import { runUpgrade, type UpgradeOptions, type UpgradeOutcome } from "./rolling.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollproof-rolling-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const scenario: Scenario = {
  name: "fake",
  question: "?",
  pipeline: "fake",
  from: "v1",
  to: "v2",
  profile: "fast",
  members: 2,
  brokers: [{ version: null }],
  workload: {
    inputs: 1,
    partitions: 2,
    keys: 1,
    duplicatesPercent: 0,
    outOfOrderPercent: 0,
    latePercent: 0,
    hotKeysPercent: 0,
    paceMs: 1,
  },
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 1, dwellMs: 1, finalise: true },
  faults: [],
  mutant: null,
  gates: { lagMax: 5, checkpointLagMax: 5, timeoutMs: 400 },
  guarantee: "exactly-once",
  exercised: { mixedVersionCommits: 0, killsWithOpenTransaction: 0, warmRestores: 0, fencings: 0 },
  expect: { verdict: "valid", anomalies: [] },
};
const plan = { scenario, upgrade: ["member-1", "member-2"].map((member) => ({ member, from: "v1", to: "v2" })) };
const description = { stages: [], checkpoint: () => null, activate: { topic: "flags", flag: "f" } };

interface FakeProcess extends Process {
  end(exit: Exit, cause: EndCause): MemberEnd;
  /** null: it lives. */
  readonly over: () => MemberEnd | null;
}

/** Members as plain objects: health is sampled while they run; a stop drains and ends. */
class FakeCluster extends FakeHistory {
  readonly acts: string[] = [];
  readonly #processes = new Map<string, FakeProcess>();
  readonly #flags: Record<string, string> = {};
  /** Members whose next drain is cut short by a crash, and then brought back. */
  readonly crashInDrain = new Set<string>();
  /** Members whose new version ends by itself, and says why. */
  readonly broken = new Set<string>();
  /** Members that end by themselves at the moment at which they are to be stopped. */
  readonly dieBeforeStop = new Set<string>();
  readonly lag = { records: 0 };

  constructor() {
    super();
    for (const { member } of plan.upgrade) this.#launch(member, "v1");
  }

  options(signal: AbortSignal): Omit<UpgradeOptions, "journal"> {
    return {
      plan,
      description,
      record: this.record,
      subscribe: this.subscribe,
      members: {
        ids: plan.upgrade.map((step) => step.member),
        current: (member) => this.#current(member),
        failure: (member, version) => (this.broken.has(member) ? `${member} at ${version} ended by itself.` : null),
        stop: (member) => this.#stop(member),
        start: (member, version) => {
          this.acts.push(`start ${member} ${version}`);
          return Promise.resolve(this.#launch(member, version));
        },
      },
      settled: (step, phase) => this.settled(step, phase),
      activate: (flag, epoch) => {
        this.acts.push(`activate ${flag} ${epoch}`);
        this.#flags[flag] = "active";
        return Promise.resolve();
      },
      signal,
      hostFactor: 1,
    };
  }

  settled: (step: number, phase: UpgradePhase) => Promise<void> = () => Promise.resolve();

  phasesOf(member: string): readonly string[] {
    return this.events
      .filter((event) => event.kind === "upgrade-phase-settled")
      .filter((event) => event.member === member)
      .map((event) => event.phase);
  }

  #current(member: string): FakeProcess {
    const process = this.#processes.get(member);
    if (process === undefined) throw new Error(`no ${member}`);
    return process;
  }

  #launch(member: string, version: string): Process {
    const ended = Promise.withResolvers<Exit>();
    let over: MemberEnd | null = null;
    const incarnation = (this.#processes.get(member)?.incarnation ?? 0) + 1;
    const process: FakeProcess = {
      id: member,
      incarnation,
      pid: 1,
      version,
      ended: ended.promise,
      do: () => Promise.resolve(),
      injure: () => Promise.reject(new Error("not injured here")),
      dataDirectory: null,
      copyDisk: () => Promise.resolve({ files: [], left: [], leftCount: 0 }),
      endpoint: () => Promise.resolve(""),
      state: () => Promise.resolve(over === null ? "running" : "gone"),
      lines: () => undefined,
      dropped: () => undefined,
      logTail: () => Promise.resolve(""),
      over: () => over,
      end: (exit, cause) => {
        over = { incarnation, exit, cause };
        ended.resolve(exit);
        this.record({ kind: "process-ended", process: member, incarnation, ...exit, cause });
        return over;
      },
    };
    this.#processes.set(member, process);
    this.record({ kind: "process-started", process: member, incarnation, version, pid: 1, sha256: null });
    return process;
  }

  #stop(member: string): Promise<MemberEnd> {
    const process = this.#current(member);
    const before = process.over();
    if (before !== null) return Promise.resolve(before);
    this.acts.push(`stop ${member}`);
    const { incarnation, version } = process;
    if (this.dieBeforeStop.delete(member)) return Promise.resolve(process.end({ code: 1, signal: null }, "unexpected"));
    if (this.crashInDrain.delete(member)) {
      setTimeout(() => this.#launch(member, version ?? ""), 20);
      return Promise.resolve(process.end({ code: null, signal: "SIGKILL" }, "fault"));
    }
    this.record({ kind: "testimony", member, incarnation, said: "drained", task: null, body: {} });
    return Promise.resolve(process.end({ code: 0, signal: null }, "asked"));
  }

  /** Ends with an error, and is started again by its own supervisor. */
  endByItself(member: string, backAfterMs: number): void {
    const { version } = this.#current(member);
    this.#current(member).end({ code: 1, signal: null }, "unexpected");
    setTimeout(() => this.#launch(member, version ?? ""), backAfterMs);
  }

  /** What evidence samples: every member's health, and the lag. */
  sample(): void {
    for (const { member } of plan.upgrade) this.#tellHealth(member);
    this.record({ kind: "gauge-lag", stage: "s", partition: 0, committedNext: 0, lag: this.lag.records });
  }

  #tellHealth(member: string): void {
    const { incarnation, version } = this.#current(member);
    const flags = { ...this.#flags };
    this.record({
      kind: "gauge-health",
      member,
      incarnation,
      version: version ?? "",
      ready: true,
      flags,
      tasks:
        this.lag.records === 0 ? [] : [{ stage: "s", partition: 0, state: "running", inputNext: 0, checkpointNext: 0 }],
    });
  }
}

async function upgrade(cluster: FakeCluster, signal = new AbortController().signal): Promise<UpgradeOutcome> {
  await using journal = await openUpgradeJournal(directory, programOf(plan, description));
  const outcome = runUpgrade({ ...cluster.options(signal), journal });
  cluster.record({ kind: "time-zero" });
  const sampling = setInterval(() => cluster.sample(), 5);
  try {
    return await outcome;
  } finally {
    clearInterval(sampling);
  }
}

const allPhases = ["drain", "stop", "start", "restore", "rejoin", "catch-up", "gate"];

test("members are replaced one after another, then the flag is activated", async () => {
  const cluster = new FakeCluster();
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.acts).toEqual([
    "stop member-1",
    "start member-1 v2",
    "stop member-2",
    "start member-2 v2",
    "activate f 1",
  ]);
  expect([cluster.phasesOf("member-1"), cluster.phasesOf("member-2")]).toEqual([allPhases, allPhases]);
  expect(cluster.events.findLast((event) => event.kind.startsWith("upgrade-"))).toMatchObject({
    kind: "upgrade-finalised",
    flag: "f",
    epoch: 1,
  });
});

test("a member that a crash took in its drain is waited for and drained again at its old version", async () => {
  const cluster = new FakeCluster();
  cluster.crashInDrain.add("member-1");
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.acts.slice(0, 3)).toEqual(["stop member-1", "stop member-1", "start member-1 v2"]);
});

test("a member that ends by itself as it is to be stopped is replaced at once: nobody brings the old version back", async () => {
  const cluster = new FakeCluster();
  cluster.dieBeforeStop.add("member-1");
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.acts.slice(0, 2)).toEqual(["stop member-1", "start member-1 v2"]);
});

test("a member that ended by itself before its drain is waited for", async () => {
  const cluster = new FakeCluster();
  cluster.endByItself("member-1", 30);
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.acts.slice(0, 2)).toEqual(["stop member-1", "start member-1 v2"]);
  const incarnations = cluster.events
    .filter((event) => event.kind === "process-started")
    .filter((event) => event.process === "member-1")
    .map((event) => event.version);
  expect(incarnations).toEqual(["v1", "v1", "v2"]);
});

test("a gate that is not met in time stops the upgrade and says what was missing", async () => {
  const cluster = new FakeCluster();
  cluster.lag.records = 6;
  const outcome = await upgrade(cluster);
  const why = "Waited 400 ms for member-1 to catch up (member-1 lags by 6 records, above 5).";
  expect(outcome).toEqual({ outcome: "stopped", why });
  expect(cluster.events.findLast((event) => event.kind === "upgrade-stopped")).toMatchObject({ why });
});

test("a gate that is not met because the new version ends by itself says so", async () => {
  const cluster = new FakeCluster();
  cluster.lag.records = 6;
  cluster.broken.add("member-1");
  expect(await upgrade(cluster)).toMatchObject({
    outcome: "stopped",
    why: expect.stringMatching(/^Waited 400 ms for member-1 to catch up .* member-1 at v2 ended by itself\.$/),
  });
});

test("an environment that cannot do what it is asked to is no gate that was not met: the run ends", async () => {
  const cluster = new FakeCluster();
  const gone = new RollproofError("environment-unavailable", "The daemon is gone.", { remedy: "Start it." });
  cluster.settled = () => Promise.reject(gone);
  await expect(upgrade(cluster)).rejects.toBe(gone);
  expect(cluster.events.filter((event) => event.kind === "upgrade-stopped")).toEqual([]);
});

test.each(allPhases)("a coordinator cut off in %s resumes from its journal and repeats nothing", async (where) => {
  const cluster = new FakeCluster();
  const cut = new AbortController();
  cluster.settled = (step, phase) => {
    if (step !== 0 || phase !== where || cut.signal.aborted) return Promise.resolve();
    cut.abort(new Error("cut off"));
    return Promise.reject(new Error("cut off"));
  };
  await expect(upgrade(cluster, cut.signal)).rejects.toThrow("cut off");
  expect(await upgrade(cluster)).toEqual({ outcome: "done" });
  expect(cluster.acts).toEqual([
    "stop member-1",
    "start member-1 v2",
    "stop member-2",
    "start member-2 v2",
    "activate f 1",
  ]);
});

test("a phase is settled only when its faults are", async () => {
  const cluster = new FakeCluster();
  const order: string[] = [];
  cluster.settled = (step, phase) => {
    const settled = cluster.events.filter((event) => event.kind === "upgrade-phase-settled").length;
    order.push(`${step} ${phase} ${settled}`);
    return Promise.resolve();
  };
  await upgrade(cluster);
  expect(order).toEqual(
    [0, 1].flatMap((step) => allPhases.map((phase, index) => `${step} ${phase} ${step * 7 + index}`)),
  );
});
