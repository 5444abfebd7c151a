import { until, within, type Deadline } from "../base/deadline.ts";
import { RollproofError } from "../base/errors.ts";
import type { MemberEnd, Process } from "../model/environment.ts";
import type { PlannedStep } from "../model/plan.ts";
import type { GateSpec, UpgradePhase } from "../model/scenario.ts";
import {
  missingCatchUp,
  missingCheckpoints,
  missingHealth,
  missingOwners,
  type GateView,
  type Missing,
} from "./gates.ts";

/** The members, as far as the coordinator handles them. */
export interface UpgradeMembers {
  readonly ids: readonly string[];
  /** The latest incarnation. */
  current(member: string): Process;
  /** SIGTERM to the latest incarnation; resolves with its end, also where it had ended before. It is not started again then. */
  stop(member: string, signal: AbortSignal): Promise<MemberEnd>;
  /** How the member last ended by itself at this version, in words; null: it never did. */
  failure(member: string, version: string): string | null;
  /** Starts the next incarnation at the version, on the same disk; resolves once the process is there. */
  start(member: string, version: string, signal: AbortSignal): Promise<Process>;
}

export interface StepWorld {
  readonly view: GateView;
  readonly members: UpgradeMembers;
  /** Names of the pipeline's stages. */
  readonly stages: readonly string[];
  readonly partitions: number;
  readonly gates: GateSpec;
  /** Whether the pipeline has checkpoints, for the gate to look at. */
  readonly checkpoints: boolean;
  readonly signal: AbortSignal;
  readonly hostFactor: number;
}

/** One member's replacement in place. A phase that was begun before (`resumed`) looks at what has happened first. */
export interface Step {
  carryOut(phase: UpgradePhase, resumed: boolean): Promise<void>;
}

export function startStep({ member, to }: PlannedStep, world: StepWorld): Step {
  const { view, members, gates } = world;
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopping ??= stopOrderly(member, world);
    stopping.catch(() => undefined); // awaited in the stop phase
    return stopping;
  };
  return {
    async carryOut(phase, resumed) {
      try {
        await act(phase, resumed);
      } catch (cause) {
        throw withFailure(cause, members.failure(member, to));
      }
    },
  };
  async function act(phase: UpgradePhase, resumed: boolean): Promise<void> {
    const since = view.lastSeq;
    switch (phase) {
      case "drain":
        return await drain(member, stop(), world);
      case "stop":
        return await within(deadlineOf(world, `${member} to end after its drain`), stop());
      case "start":
        if (!resumed || !(await isThere(member, to, members))) await members.start(member, to, world.signal);
        return await met(world, `${member} to come up at ${to}`, () => {
          const seen = view.members.get(member);
          return seen?.running === true && (seen.listening || seen.health !== null) ? null : `${member} is silent`;
        });
      case "restore":
        return await met(world, `${member} to restore its tasks`, () => missingHealth(view, member, to));
      case "rejoin":
        return await met(world, "every task to have one owner", () =>
          missingOwners(view, members.ids, world.stages, world.partitions),
        );
      case "catch-up":
        return await met(world, `${member} to catch up`, () => missingCatchUp(view, member, gates, since));
      case "gate":
        return await met(
          world,
          `the gate of ${member}`,
          () =>
            missingHealth(view, member, to) ??
            missingCatchUp(view, member, gates, since) ??
            (world.checkpoints ? missingCheckpoints(view, member, gates) : null),
        );
      default:
        return phase satisfies never;
    }
  }
}

/** A deadline that passed because the new version ends by itself is told with its words. */
function withFailure(cause: unknown, failure: string | null): unknown {
  if (failure === null || !(cause instanceof RollproofError) || cause.code !== "deadline-passed") return cause;
  return new RollproofError(cause.code, `${cause.message} ${failure}`, { remedy: cause.remedy, cause });
}

/** Waits until the gate is met; the message of a time-out says what was missing last. */
export async function met(world: StepWorld, what: string, gate: () => Missing): Promise<void> {
  const last: { missing: Missing } = { missing: null };
  const deadline = deadlineOf(world, what);
  await until(
    {
      ...deadline,
      get what() {
        return last.missing === null ? what : `${what} (${last.missing})`;
      },
    },
    () => {
      last.missing = gate();
      return last.missing === null ? true : undefined;
    },
  );
}

/** Every member runs and says that it is ready: one is taken down only when all are up (maxUnavailable 1). */
export async function allUp(world: StepWorld): Promise<void> {
  const { members, view } = world;
  await until(deadlineOf(world, "every member to be up and ready before the next step"), async () => {
    const states = await Promise.all(members.ids.map((member) => members.current(member).state()));
    const ready = members.ids.every((member) => healthOfLife(view, member, members.current(member).incarnation)?.ready);
    return ready && states.every((state) => state === "running") ? true : undefined;
  });
}

/** What this very incarnation has told of its health; null: nothing yet, or it is down. */
function healthOfLife(view: GateView, member: string, incarnation: number) {
  const known = view.members.get(member);
  return known?.running === true && known.incarnation >= incarnation ? known.health : null;
}

/** Over when the member says `drained`, or has ended. */
async function drain(member: string, stopped: Promise<void>, world: StepWorld): Promise<void> {
  const ended = stopped.then(() => null);
  const over = new AbortController();
  const said = met({ ...world, signal: AbortSignal.any([world.signal, over.signal]) }, `${member} to drain`, () =>
    world.view.members.get(member)?.drained === true ? null : `${member} has not said that it is drained`,
  );
  try {
    await Promise.race([ended, said]);
  } finally {
    over.abort();
    said.catch(() => undefined);
  }
}

/**
 * Stops the member in good order. Where a fault ended it, before or meanwhile, the fault's heal starts it again, and it is
 * stopped once it is back. Where it ended by itself, it is down and stays so: there is nothing to wait for.
 */
async function stopOrderly(member: string, world: StepWorld): Promise<void> {
  for (;;) {
    const { incarnation, cause } = await world.members.stop(member, world.signal);
    if (cause !== "fault") return;
    // Not before it has told its health: a process that has hardly begun does not drain, and its crash is not healed yet.
    await until(deadlineOf(world, `${member} to be back after its crash`), () =>
      healthOfLife(world.view, member, incarnation + 1) === null ? undefined : true,
    );
  }
}

async function isThere(member: string, version: string, members: UpgradeMembers): Promise<boolean> {
  const process = members.current(member);
  return process.version === version && (await process.state()) !== "gone";
}

function deadlineOf(world: StepWorld, what: string): Deadline {
  return {
    what,
    timeoutMs: world.gates.timeoutMs * world.hostFactor,
    signal: world.signal,
    remedy: "Raise gates.timeout, or look into the member's log for what held it up.",
  };
}
