import { beginClock } from "../base/clock.ts";
import type { EndCause, Exit, MemberEnd } from "../model/environment.ts";
import { FakeHistory } from "../model/events.fixture.ts";
import type { Scenario, UpgradeSpec } from "../model/scenario.ts";
import type { Ways } from "../model/way-back.ts";
import { toyPlan } from "../checkers/toy-pipeline.fixture.ts";
import { beginView, foldView } from "./gates/view.ts";
import { runUpgrade, type UpgradeOptions, type UpgradeOutcome } from "./engine.ts";
import type { JournalStore } from "./journal-store.ts";
import { openUpgradeJournal } from "./journal.ts";
import type { MemberLook } from "./world.ts";

const scenario: Scenario = {
  ...toyPlan().scenario,
  upgrade: { strategy: "rolling", maxUnavailable: 1, startAfterMs: 1, dwellMs: 1, finalise: true },
  gates: { lagMax: 5, checkpointLagMax: 5, timeoutMs: 400 },
};

/** One incarnation. */
interface FakeProcess {
  readonly incarnation: number;
  readonly version: string;
  end(exit: Exit, cause: EndCause): MemberEnd;
  /** null: it lives. */
  readonly over: () => MemberEnd | null;
}

/**
 * Members as plain objects: a stop drains and ends. What changes is told at once, so that no gate waits for a clock, and sampled
 * besides while an upgrade goes on.
 */
export class FakeCluster extends FakeHistory {
  /** What was done to the members and to the flag, in order; a stop of one that is down does nothing. */
  readonly deeds: string[] = [];
  readonly members: readonly string[];
  readonly #processes = new Map<string, FakeProcess>();
  readonly #flags: Record<string, string> = {};
  readonly #now: () => number;
  /** Kept up with the history from its beginning, whichever coordinators come and go. */
  readonly #view = beginView();
  /** Members whose next drain is cut short by a crash, and then brought back. */
  readonly crashInDrain = new Set<string>();
  /** Members whose new version ends by itself, and says why. */
  readonly broken = new Set<string>();
  /** Members that come up at the new version whatever is asked for. */
  readonly staysNew = new Set<string>();
  /** Members that end by themselves at the moment at which they are to be stopped. */
  readonly dieBeforeStop = new Set<string>();
  /** Members do not show which flags are active. */
  hidesFlags = false;
  readonly lag = { records: 0 };
  /** Lags as `lag` says while it runs this version; null: every version does. */
  lags: string | null = null;
  /** When the upgrade is rolled back. */
  holds: Pick<UpgradeSpec, "holdSources" | "preflight"> = {};
  rollBack: Pick<UpgradeSpec, "onGateTimeout" | "rollBackAfter"> = {};
  settled: (act: string) => Promise<void> = () => Promise.resolve();

  constructor(members: readonly string[] = ["member-1", "member-2"]) {
    const clock = beginClock();
    super(() => clock.now());
    this.#now = () => clock.now();
    this.members = members;
    this.subscribe((event) => foldView(this.#view, event));
    for (const member of members) this.#launch(member, "v1");
  }

  /** A coordinator takes the upgrade up and carries it out, as far as it comes. */
  async upgrade(store: JournalStore, ways: Ways, signal = new AbortController().signal): Promise<UpgradeOutcome> {
    const journal = await openUpgradeJournal(store, ways);
    const outcome = runUpgrade({ ...this.options(signal), journal });
    if (this.#view.progress.zeroAt === null) this.record({ kind: "time-zero" });
    this.sample();
    const sampling = setInterval(() => this.sample(), 5);
    try {
      return await outcome;
    } finally {
      clearInterval(sampling);
    }
  }

  settledActs(): readonly string[] {
    return this.events.flatMap((event) => (event.kind === "upgrade-act-settled" ? [event.act] : []));
  }

  /** Versions and incarnations as they run now. */
  running(): readonly string[] {
    return this.members.map((member) => {
      const { version, incarnation } = this.#current(member);
      return `${member} ${version} ${incarnation}`;
    });
  }

  /** Ends with an error, and is started again by its own supervisor; null: it stays down. */
  endByItself(member: string, backAfterMs: number | null): void {
    const { version } = this.#current(member);
    this.#current(member).end({ code: 1, signal: null }, "unexpected");
    if (backAfterMs !== null) setTimeout(() => this.#launch(member, version), backAfterMs);
  }

  /** What a preflight looks at; null: it is not sampled. */
  disk: { freeMiB: number } | null = null;

  /** What evidence samples: every member's health, the lag and, where there is one, the disk. */
  sample(): void {
    if (this.disk !== null) {
      this.record({ kind: "gauge-replication", partitions: 3, underReplicated: 0 });
      this.record({ kind: "gauge-disk", disks: 1, fullest: "run", freeMiB: this.disk.freeMiB });
    }
    for (const member of this.members) this.#tellHealth(member);
    this.record({ kind: "gauge-lag", stage: "s", partition: 0, committedNext: 0, lag: this.lag.records });
  }

  /** What a coordinator carries the upgrade out with. */
  options(signal: AbortSignal): Omit<UpgradeOptions, "journal"> {
    return {
      plan: { scenario: { ...scenario, upgrade: { ...scenario.upgrade, ...this.rollBack, ...this.holds } } },
      pipeline: { tasks: [], checkpoints: true },
      record: this.record,
      view: this.#view,
      now: this.#now,
      members: {
        ids: this.members,
        look: (member) => Promise.resolve(this.#look(member)),
        stop: (member) => this.#stop(member),
        start: (member, version) => {
          this.deeds.push(`start ${member} ${version}`);
          this.#launch(member, this.staysNew.has(member) ? "v2" : version);
          return Promise.resolve();
        },
      },
      faults: { settled: (act) => this.settled(act) },
      activate: (flag, epoch) => {
        this.deeds.push(`activate ${flag} ${epoch}`);
        this.#flags[flag] = "active";
        this.sample();
        return Promise.resolve();
      },
      signal,
      hostFactor: 1,
    };
  }

  #current(member: string): FakeProcess {
    const process = this.#processes.get(member);
    if (process === undefined) throw new Error(`no ${member}`);
    return process;
  }

  #look(member: string): MemberLook {
    const { incarnation, version, over } = this.#current(member);
    const words = `${member} at ${version} ended by itself.`;
    const failure = this.broken.has(member) ? { version, words } : null;
    return { version, incarnation, state: over() === null ? "running" : "gone", failure };
  }

  #launch(member: string, version: string): void {
    let over: MemberEnd | null = null;
    const incarnation = (this.#processes.get(member)?.incarnation ?? 0) + 1;
    const process: FakeProcess = {
      incarnation,
      version,
      over: () => over,
      end: (exit, cause) => {
        over = { incarnation, exit, cause };
        this.record({ kind: "process-ended", process: member, incarnation, ...exit, cause });
        return over;
      },
    };
    this.#processes.set(member, process);
    this.record({ kind: "process-started", process: member, incarnation, version, pid: 1, sha256: null });
    this.#tellHealth(member);
  }

  #stop(member: string): Promise<MemberEnd> {
    const process = this.#current(member);
    const before = process.over();
    if (before !== null) return Promise.resolve(before);
    this.deeds.push(`stop ${member}`);
    const { incarnation, version } = process;
    if (this.dieBeforeStop.delete(member)) return Promise.resolve(process.end({ code: 1, signal: null }, "unexpected"));
    if (this.crashInDrain.delete(member)) {
      setTimeout(() => this.#launch(member, version), 20);
      return Promise.resolve(process.end({ code: null, signal: "SIGKILL" }, "fault"));
    }
    this.record({ kind: "testimony", member, incarnation, said: "drained", task: null, body: {} });
    return Promise.resolve(process.end({ code: 0, signal: null }, "asked"));
  }

  #tellHealth(member: string): void {
    const { incarnation, version, over } = this.#current(member);
    if (over() !== null) return;
    const tasks =
      this.lag.records === 0 || (this.lags !== null && this.lags !== version)
        ? []
        : [{ stage: "s", partition: 0, state: "running", inputNext: 0, checkpointNext: 0 }];
    const health = {
      member,
      incarnation,
      version,
      ready: true,
      flags: this.hidesFlags ? {} : { ...this.#flags },
      tasks,
    };
    this.record({ kind: "gauge-health", ...health });
  }
}
