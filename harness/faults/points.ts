import { setTimeout as sleep } from "node:timers/promises";
import { parseNumbered } from "../base/numbered.ts";
import type { HistoryEvent, Subscribe } from "../model/event.ts";
import type { PlannedFault, PlannedTrigger } from "../model/plan.ts";
import type { Point } from "../model/scenario.ts";
import type { ResolvedTarget, ResolveTarget } from "./resolver.ts";

/** A point to arm at a member's control port (PUT /points). */
export interface ArmedPoint {
  readonly point: Point;
  readonly stage: string;
  /** null: every task of the stage parks. */
  readonly partition: number | null;
  readonly nth: number;
}

/** The members' control ports, as far as points go. */
export interface PointControl {
  /** Rejects when the member does not answer; it will be asked again. */
  arm(member: string, point: ArmedPoint): Promise<void>;
  /** Lets every parked task of the member go on and disarms all its points (DELETE /points). */
  release(member: string): Promise<void>;
}

/** One desk for all faults: a release disarms every point of the member, so those who still wait must arm anew. */
export interface PointDesk extends PointControl {
  /** Grows with each release of the member. */
  releases(member: string): number;
}

export function createPointDesk(control: PointControl): PointDesk {
  const releases = new Map<string, number>();
  return {
    arm: (member, point) => control.arm(member, point),
    async release(member) {
      releases.set(member, (releases.get(member) ?? 0) + 1);
      await control.release(member);
    },
    releases: (member) => releases.get(member) ?? 0,
  };
}

export interface ParkWorld {
  readonly subscribe: Subscribe;
  readonly resolve: ResolveTarget;
  readonly desk: PointDesk;
  readonly hostFactor: number;
}

/** Where every task of a stage parks, the fault waits for the others: until none came for so long, and so long at most. */
const gathering = { quietMs: 500, longestMs: 2_000 } as const;

type PointTrigger = Extract<PlannedTrigger, { readonly kind: "point" }>;

/** What the arming stands on; when it changes, the point is armed anew. */
interface Arming {
  readonly resolved: ResolvedTarget;
  readonly member: string;
  readonly releases: number;
}

/**
 * Arms the point at the target's member, again whenever another member plays the role or the member's process is a new
 * one, and resolves when a task of the armed member says `at-point`: it is parked now. Without a partition the member's other
 * tasks of the stage are given time to park too. Rejects with the signal's reason.
 */
export async function parkTarget(
  planned: PlannedFault,
  trigger: PointTrigger,
  world: ParkWorld,
  signal: AbortSignal,
): Promise<ResolvedTarget> {
  const parked = Promise.withResolvers<ResolvedTarget>();
  const now: { arming: Arming | null; lastParkedAt: number } = { arming: null, lastParkedAt: 0 };
  const refresh = (): void => {
    if (now.lastParkedAt > 0) return; // whoever is parked now is the target, whatever becomes of the role
    const resolved = world.resolve(planned.target, planned.pick);
    const member = resolved?.member ?? null;
    if (resolved === null || member === null) return;
    const releases = world.desk.releases(member);
    const before = now.arming;
    if (before?.member === member && before.releases === releases) return;
    const begun: Arming = { resolved, member, releases };
    now.arming = begun;
    if (before !== null && before.member !== member) void letGo(world.desk, before.member);
    const { point, stage, partition, nth } = trigger;
    world.desk.arm(member, { point, stage, partition, nth }).catch(() => {
      if (now.arming === begun) now.arming = null; // the next event asks again
    });
  };
  const abort = (): void => parked.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  using _ = world.subscribe((event) => {
    if (now.arming !== null && isNewLife(event, now.arming.member)) now.arming = null;
    if (now.arming !== null && isAtPoint(event, now.arming.member, trigger)) {
      now.lastParkedAt = performance.now();
      parked.resolve(now.arming.resolved);
    } else if (mayChangeRoles(event)) refresh();
  });
  refresh();
  try {
    const resolved = await parked.promise;
    if (trigger.partition === null) await gather(() => now.lastParkedAt, world.hostFactor, signal);
    return resolved;
  } catch (cause) {
    if (now.arming !== null) await letGo(world.desk, now.arming.member);
    throw cause;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Waits until nobody has parked for a while. */
async function gather(lastParkedAt: () => number, hostFactor: number, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  for (;;) {
    const now = performance.now();
    const quietFor = now - lastParkedAt();
    const left = Math.min(gathering.quietMs * hostFactor - quietFor, gathering.longestMs * hostFactor - (now - began));
    if (left <= 0) return;
    await sleep(left, undefined, { signal });
  }
}

/** Releases a member's points; a member that does not answer has none that matter: its driver lets go by itself. */
export async function letGo(desk: PointDesk, member: string): Promise<void> {
  await desk.release(member).catch(() => undefined);
}

/** A task of the member is parked at the point: testimony {said: "at-point", task: "<stage>-<partition>", body: {point}}. */
function isAtPoint(event: HistoryEvent, member: string, trigger: PointTrigger): boolean {
  if (event.kind !== "testimony" || event.said !== "at-point" || event.member !== member) return false;
  const { body } = event;
  const task = parseNumbered(event.task ?? "");
  const point = typeof body === "object" && body !== null && "point" in body ? body.point : null;
  return (
    point === trigger.point &&
    task?.name === trigger.stage &&
    (trigger.partition === null || task.number === trigger.partition)
  );
}

/** The member's points died with its process. */
function isNewLife(event: HistoryEvent, member: string): boolean {
  return (event.kind === "process-ended" || event.kind === "process-started") && event.process === member;
}

/** Somebody else may play the role now, or the point may be armed no longer. Health is sampled, so this comes again and again. */
function mayChangeRoles(event: HistoryEvent): boolean {
  if (event.kind === "testimony") return roleWords.has(event.said);
  return event.kind === "gauge-health" || event.kind === "process-started";
}

const roleWords: ReadonlySet<string> = new Set(["listening", "opened", "closed", "point-released"]);
