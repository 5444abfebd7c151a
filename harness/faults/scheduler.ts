import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import { stretched } from "../base/host-factor.ts";
import type { RecordEvent, Subscribe } from "../model/event.ts";
import type { Plan, PlannedFault } from "../model/plan.ts";
import { faults } from "./catalogue.ts";
import type { CheckedFault } from "./checked-fault.ts";
import { openFaultJournal } from "./journal.ts";
import { applyFault, reasonOf, type LifecycleWorld } from "./lifecycle.ts";
import { createLocks, type Locks } from "./locks.ts";
import { isOf, momentOf, type OnCommits } from "./moments.ts";
import { createPointDesk, letGo, parkTarget, type PointControl, type PointDesk } from "./points.ts";
import type { ResolvedTarget, ResolveTarget } from "./resolver.ts";

export interface FaultsOptions {
  readonly plan: Pick<Plan, "faults">;
  readonly record: RecordEvent;
  readonly subscribe: Subscribe;
  readonly resolve: ResolveTarget;
  readonly points: PointControl;
  readonly onCommits: OnCommits;
  /** Gets faults.ndjson. */
  readonly journalDirectory: string;
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}

/** The plan's faults, each living its life on its own. Disposing heals what is in force and closes the journal. */
export interface Faults extends AsyncDisposable {
  /** Barrier of the coordinator: every fault that this act triggers is in force and probed, or unfired. */
  settled(act: string): Promise<void>;
  /** The same of every fault that a record of the upgrade's journal triggers. */
  journalled(record: { readonly entry: string; readonly act: string | null }): Promise<void>;
  /**
   * The end of the roll: who has not fired gets the grace, then is recorded `fault-unfired`; who holds until the end of the
   * fault phase is healed. Resolves when every fault is healed and probed.
   */
  allOver(graceMs: number): Promise<void>;
  /** Heals everything now; nobody fires any more. */
  heal(): Promise<void>;
}

/** Longest wait for the target's turn: it may be down, or another fault's. Before the host factor. */
const turnMs = { time: 15_000, progress: 15_000, act: 5_000, journal: 5_000, point: 5_000 } as const;

interface World extends LifecycleWorld {
  readonly subscribe: Subscribe;
  readonly resolve: ResolveTarget;
  readonly onCommits: OnCommits;
  readonly desk: PointDesk;
  readonly locks: Locks;
  /** Aborted: nobody fires any more. */
  readonly closed: AbortController;
  /** Aborted: whoever holds until the end heals now. */
  readonly ended: AbortController;
  /** Aborted: everybody heals now. */
  readonly hurried: AbortController;
}

interface Life {
  readonly planned: PlannedFault;
  /** In force and probed, or unfired. */
  readonly fired: Promise<void>;
  readonly over: Promise<void>;
}

/** Records every fault as planned and starts waiting for its trigger: call it before time 0. */
export async function startFaults(options: FaultsOptions): Promise<Faults> {
  const journal = await openFaultJournal(options.journalDirectory);
  const world: World = {
    ...options,
    journal,
    desk: createPointDesk(options.points),
    locks: createLocks(),
    closed: new AbortController(),
    ended: new AbortController(),
    hurried: new AbortController(),
  };
  // Every fault waits on these, however many there are.
  setMaxListeners(0, world.closed.signal, world.ended.signal, world.hurried.signal);
  const hurry = (why: string): void => {
    for (const controller of [world.closed, world.ended, world.hurried]) controller.abort(new Error(why));
  };
  const interrupted = (): void => hurry("the run was interrupted");
  options.signal.addEventListener("abort", interrupted, { once: true });
  if (options.signal.aborted) interrupted();
  const lives = options.plan.faults.map((planned) => begin(planned, world));
  const over = async (): Promise<void> => void (await Promise.all(lives.map((life) => life.over)));
  const heal = async (): Promise<void> => {
    hurry("the faults were called off");
    await over();
  };
  return {
    async settled(act) {
      const of = lives.filter(({ planned: { trigger } }) => trigger.kind === "act" && trigger.act === act);
      await Promise.all(of.map((life) => life.fired));
    },
    async journalled(record) {
      const of = lives.filter(({ planned: { trigger } }) => trigger.kind === "journal" && isOf(record, trigger));
      await Promise.all(of.map((life) => life.fired));
    },
    async allOver(graceMs) {
      await Promise.race([Promise.all(lives.map((life) => life.fired)), pass(graceMs, options.signal)]);
      world.closed.abort(new Error("the roll was over before its trigger came"));
      world.ended.abort();
      await over();
    },
    heal,
    async [Symbol.asyncDispose]() {
      options.signal.removeEventListener("abort", interrupted);
      await heal();
      await journal[Symbol.asyncDispose]();
    },
  };
}

function begin(planned: PlannedFault, world: World): Life {
  world.record({
    kind: "fault-planned",
    fault: planned.id,
    faultKind: planned.kind,
    target: planned.target,
    trigger: planned.trigger,
  });
  const fired = Promise.withResolvers<void>();
  const over = live(planned, world, fired.resolve)
    .catch((cause: unknown) => {
      const { signal } = world.closed;
      world.record({ kind: "fault-unfired", fault: planned.id, why: reasonOf(signal.aborted ? signal.reason : cause) });
    })
    .finally(fired.resolve);
  return { planned, fired: fired.promise, over };
}

/** From the trigger to the proof of healing. Throws only before the fault is in force. */
async function live(planned: PlannedFault, world: World, onFired: () => void): Promise<void> {
  const fault = faults.get(planned.kind);
  if (fault === undefined)
    throw new RollproofError("plan-invalid", `There is no fault of kind ${planned.kind}.`, {
      remedy: `Use one of ${[...faults.keys()].join(", ")}.`,
    });
  await momentOf(planned.trigger, world, world.closed.signal);
  const { turn, release } = await comeToTurn(planned, fault, world);
  using _ = turn.lock;
  const applied = await applyFault(world, planned, fault, turn.resolved).catch(async (cause: unknown) => {
    await release();
    throw cause;
  });
  onFired();
  // In force: whatever cannot be learnt of the target from here on, it is healed, and nobody is told that it did not fire.
  // A parked task goes on into the injury, of a link or of a process that runs; a paused or disconnected process is released
  // once it can hear it, and a crashed one has nothing left to release.
  const released = (await isUp(turn.resolved).catch(() => false)) ? release() : null;
  await holdFor(planned.forMs, world);
  await applied.heal();
  await released;
  if (turn.resolved.target.kind === "process" && !(await isGone(turn.resolved).catch(() => false))) await release();
}

interface Ready {
  readonly turn: Turn;
  /** Lets what is parked for this fault go on. */
  readonly release: () => Promise<void>;
}

/** For a point: its task parked. Then the target's turn. A parked process that dies in between is parked anew in its next life. */
async function comeToTurn(planned: PlannedFault, fault: CheckedFault, world: World): Promise<Ready> {
  const { trigger } = planned;
  for (;;) {
    const parked = trigger.kind === "point" ? await parkTarget(planned, trigger, world, world.closed.signal) : null;
    const member = parked?.member ?? null;
    const release = async (): Promise<void> => {
      if (member !== null) await letGo(world.desk, member);
    };
    try {
      const turn = await takeTurn(planned, fault, parked, world);
      if (turn !== "died") return { turn, release };
    } catch (cause) {
      await release();
      throw cause;
    }
  }
}

interface Turn {
  readonly resolved: ResolvedTarget;
  readonly lock: Disposable;
}

/** The target as it is now, running, and ours alone; `died`: what was parked for it is gone. */
async function takeTurn(
  planned: PlannedFault,
  fault: CheckedFault,
  parked: ResolvedTarget | null,
  world: World,
): Promise<Turn | "died"> {
  return await until(
    {
      what: `the turn of ${planned.id} on ${planned.target}`,
      timeoutMs: turnMs[planned.trigger.kind] * world.hostFactor,
      everyMs: 20,
      signal: world.closed.signal,
      remedy: "Move the trigger: at this moment the target was down, unknown, or another fault's.",
    },
    async () => {
      const resolved = parked ?? world.resolve(planned.target, planned.pick);
      if (resolved === null) return undefined;
      if (parked !== null && (await isGone(parked))) return "died";
      const lock = world.locks.tryTake(lockKeys(fault, resolved));
      if (lock === null) return undefined;
      if (await isUp(resolved)) return { resolved, lock };
      lock[Symbol.dispose]();
      return undefined;
    },
  );
}

function lockKeys(fault: CheckedFault, { ids, target }: ResolvedTarget): readonly string[] {
  return target.kind === "process" ? ids : ids.map((id) => `${id}/${fault.kind}`);
}

async function isUp({ target }: ResolvedTarget): Promise<boolean> {
  return target.kind === "links" || (await target.process.state()) === "running";
}

async function isGone({ target }: ResolvedTarget): Promise<boolean> {
  return target.kind === "process" && (await target.process.state()) === "gone";
}

async function holdFor(forMs: number | null, world: World): Promise<void> {
  const until = forMs === null ? AbortSignal.any([world.ended.signal, world.hurried.signal]) : world.hurried.signal;
  await pass(forMs === null ? 2 ** 31 - 1 : stretched(forMs, world.hostFactor), until);
}

/** Resolves after the time or at the abort, whichever is first. */
async function pass(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
