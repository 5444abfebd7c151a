import { array, assert, asyncProperty, constantFrom, scheduler, type Scheduler } from "fast-check";
import { expect, test } from "vitest";
import { memberId, runNanos, seq } from "../model/brand.ts";
import type { Exit, MemberEnd, Process } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import { Members } from "./members.ts";

const slot = memberId("member-1");
const acts = ["dies", "killed", "stop", "start v1", "start v2", "crash", "heal", "close"] as const;
type Act = (typeof acts)[number];

/** What was ordered of a process before it ended, and what ended it. */
interface Truth {
  readonly process: Process;
  readonly ordered: Set<"stop" | "crash">;
  endedBy: "itself" | "outside" | "stop" | "crash" | null;
  copies: number;
  end(by: NonNullable<Truth["endedBy"]>): void;
}

const exits: Readonly<Record<NonNullable<Truth["endedBy"]>, Exit>> = {
  itself: { code: 1, signal: null },
  outside: { code: null, signal: "SIGKILL" },
  stop: { code: 0, signal: null },
  crash: { code: null, signal: "SIGKILL" },
};

/** One slot whose every answer comes when the scheduler says so. It throws where two processes would share its disk. */
class FakeSlot {
  readonly lives: Truth[] = [];
  readonly events: EventBody[] = [];
  /** Ends that a stop was answered with: after these, down is right. */
  readonly stopped = new Set<number>();
  readonly breaches: string[] = [];
  readonly members: Members;
  readonly #turns: Scheduler;
  #isClosing = false;

  constructor(turns: Scheduler) {
    this.#turns = turns;
    this.members = new Members({
      environment: { memberSlots: [slot], startMember: async (_, { version }) => await this.#start(version) },
      layout: { directory: "/run", disk: (_, incarnation) => String(incarnation), captured: () => "" },
      isCheckpoint: null,
      record: (body) => ({ ...body, seq: seq(this.events.push(body)), at: runNanos(this.events.length) }),
      launch: (version) => ({ version, argv: [], env: {}, config: {}, variables: {}, image: null, mounts: [] }),
      sha256: () => "",
      speaks: false,
      line: () => undefined,
      dropped: () => undefined,
      signal: new AbortController().signal,
      pause: async (_, signal) => {
        await this.#turn("pause");
        signal.throwIfAborted();
      },
    });
  }

  get latest(): Truth | undefined {
    return this.lives.at(-1);
  }

  /** Refusals are lawful answers; what they must not leave behind is checked at the end. */
  async act(act: Act): Promise<void> {
    const { members } = this;
    const { signal } = new AbortController();
    const before = this.latest;
    switch (act) {
      case "dies":
        return before?.end("itself");
      case "killed":
        return before?.end("outside");
      case "stop":
        if (before === undefined) return;
        return this.#wasStopped(await members.stop(slot, signal).catch(() => null));
      case "start v1":
      case "start v2":
        return void (await members.start(slot, act.slice(6)).catch(() => null));
      case "crash":
        if (before === undefined) return;
        return await members.target(slot).do("crash", signal);
      case "heal": {
        if (before === undefined) return;
        const healed = await members.restart(slot, before.process, () => "v1", signal).catch(() => null);
        if (healed !== null && healed.incarnation < before.process.incarnation)
          this.breaches.push("healed by an older life");
        return;
      }
      case "close":
        this.#isClosing = true;
        return await members[Symbol.asyncDispose]();
      default:
        return act satisfies never;
    }
  }

  /** What must hold once nothing moves any more. */
  check(): void {
    expect(this.breaches).toEqual([]);
    const causes = this.events.flatMap((event) =>
      event.kind === "process-ended" ? [[event.incarnation, event.cause]] : [],
    );
    const ended = this.lives.filter(({ endedBy }) => endedBy !== null);
    expect(causes.map(([incarnation]) => incarnation)).toEqual(ended.map(({ process }) => process.incarnation));
    for (const [i, life] of ended.entries()) expect(lawfulCauses(life, this.#isClosing)).toContain(causes[i]?.[1]);
    expect(ended.map(({ copies }) => copies)).toEqual(ended.map(() => 1));
    const { latest } = this;
    const last = causes.at(-1);
    if (latest === undefined || this.#isClosing) return expect(this.members.all()).toEqual([]);
    const maySoStay = last?.[1] !== "unexpected" || this.stopped.has(latest.process.incarnation);
    if (latest.endedBy !== null) expect(maySoStay).toBe(true);
    else expect(this.members.all()).toEqual([latest.process]);
  }

  #wasStopped(end: MemberEnd | null): void {
    if (end !== null) this.stopped.add(end.incarnation);
  }

  async #start(version: string): Promise<Process> {
    await this.#turn("start");
    const { latest } = this;
    if (latest !== undefined && latest.endedBy === null) this.breaches.push("two processes on one disk");
    if (latest !== undefined && latest.copies !== 1) this.breaches.push("started before the disk was copied");
    return this.#born(version);
  }

  #born(version: string): Process {
    const ended = Promise.withResolvers<Exit>();
    const process: Process = {
      id: slot,
      incarnation: this.lives.length + 1,
      pid: 1,
      version,
      ended: ended.promise,
      do: async (verb) => {
        if (verb !== "stop" && verb !== "crash") return;
        if (life.endedBy === null) life.ordered.add(verb);
        await this.#turn(verb);
        life.end(verb);
        await ended.promise;
      },
      injure: () => Promise.reject(new Error("not injured here")),
      dataDirectory: null,
      copyDisk: async () => {
        await this.#turn("copy");
        if (life.endedBy === null) this.breaches.push("copied a disk in use");
        life.copies += 1;
        return { files: [], left: [], leftCount: 0 };
      },
      endpoint: () => Promise.reject(new Error("no port")),
      state: async () => {
        await this.#turn("state");
        return life.endedBy === null ? "running" : "gone";
      },
      lines: () => undefined,
      dropped: () => undefined,
      logTail: () => Promise.resolve(""),
    };
    const life: Truth = {
      process,
      ordered: new Set(),
      endedBy: null,
      copies: 0,
      end(by) {
        if (life.endedBy !== null) return;
        life.endedBy = by;
        ended.resolve(exits[by]);
      },
    };
    this.lives.push(life);
    return process;
  }

  async #turn(label: string): Promise<void> {
    await this.#turns.schedule(Promise.resolve(), label);
  }
}

/** An order that was given before the end came may be taken for its cause, where the exit does not contradict it. */
function lawfulCauses({ endedBy, ordered }: Truth, isClosing: boolean): readonly string[] {
  switch (endedBy) {
    case "crash":
      return ["fault"];
    case "stop":
      return ["asked"];
    case "itself":
      return ordered.has("stop") ? ["asked", "unexpected"] : ["unexpected"];
    default:
      if (ordered.has("crash")) return ["fault"];
      return isClosing && ordered.has("stop") ? ["asked", "unexpected"] : ["unexpected"];
  }
}

test("whatever happens to a member in whatever order, its disk has one process, and every end one record, cause and copy", async () => {
  const story = array(constantFrom(...acts), { minLength: 1, maxLength: 12 });
  await assert(
    asyncProperty(scheduler(), story, async (turns, chosen) => {
      const fake = new FakeSlot(turns);
      void fake.act("start v1");
      const done = chosen.map(async (act) => {
        await turns.schedule(Promise.resolve(), act);
        await fake.act(act);
      });
      await turns.waitIdle();
      await Promise.race([Promise.all(done), stuck()]);
      fake.check();
    }),
    { numRuns: 2_000 },
  );
});

/** Nothing is left to wait for, so that an answer that is not there now never comes. */
async function stuck(): Promise<never> {
  await new Promise((resolve) => setImmediate(resolve));
  throw new Error("somebody waits for an answer that never comes");
}
