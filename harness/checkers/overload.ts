import type { HistoryEvent, Json } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { profiles, scaled } from "../model/profile.ts";

/** An event loop that stood still for more than a quarter of the session time-out, over 2 s, starves what it measures. */
export interface Overload {
  readonly limitMs: number;
  /** Per process: the streak of bad samples, run nanoseconds. Members report bad ones only: a silence ends a streak. */
  readonly streaks: Map<string, { readonly since: number; until: number }>;
  /** Processes that were starved, with the worst delay seen. */
  readonly starved: Map<string, number>;
  /** Since when others have used more than half of the host, run nanoseconds, and the most in it; null: they do not. */
  crowd: { readonly since: number; most: number } | null;
  /** The most that others used, in processors of how many, in a stretch that lasted; null: none did. */
  crowded: { readonly foreignCpus: number; readonly cpus: number } | null;
}

const streakNanos = 2e9;
const crowdedNanos = 5e9;
/** Samples come every second. */
const silenceNanos = 2.5e9;

export function startOverload({ plan, hostFactor }: CheckerContext): Overload {
  const { sessionTimeoutMs } = scaled(profiles[plan.scenario.profile], hostFactor);
  return { limitMs: sessionTimeoutMs / 4, streaks: new Map(), starved: new Map(), crowd: null, crowded: null };
}

export function stepOverload(overload: Overload, event: HistoryEvent): void {
  if (event.kind === "gauge-loop-delay") sample(overload, event.process, event.maxMs, event.at);
  if (event.kind === "gauge-host") crowd(overload, event);
  if (event.kind === "testimony" && event.said === "loop-delay")
    sample(overload, event.member, numberIn(event.body, "maxMs") ?? 0, event.at);
}

export function overloadDoubts({ starved, limitMs }: Overload): readonly string[] {
  return [...starved].map(
    ([process, worst]) =>
      `host-overloaded: the event loop of ${process} stood still for up to ${Math.round(worst)} ms, more than ${Math.round(limitMs)} ms, over 2 s. Use a faster or quieter machine, or slow the load down (workload.pace).`,
  );
}

/**
 * Why a time-out proves nothing here: a starved event loop, or a host half taken by others for 5 s (brokers starve too, and
 * have no loop to watch). The second alone does not make a run doubtful that came to its end.
 */
export function slowHostDoubts(overload: Overload): readonly string[] {
  const { crowded } = overload;
  if (crowded === null) return overloadDoubts(overload);
  const { foreignCpus, cpus } = crowded;
  return [
    ...overloadDoubts(overload),
    `host-overloaded: other processes used up to ${foreignCpus.toFixed(1)} of ${cpus} processors. Use a quieter machine.`,
  ];
}

/** A field of a testimony's body when it is a number. */
function numberIn(body: Json, name: string): number | null {
  const value = isObject(body) && Object.hasOwn(body, name) ? body[name] : undefined;
  return typeof value === "number" ? value : null;
}

function isObject(body: Json): body is { readonly [key: string]: Json } {
  return body !== null && typeof body === "object" && !Array.isArray(body);
}

function crowd(overload: Overload, { foreignCpus, cpus, at }: HistoryEvent<"gauge-host">): void {
  if (foreignCpus <= cpus / 2) {
    overload.crowd = null;
    return;
  }
  overload.crowd ??= { since: at, most: foreignCpus };
  overload.crowd.most = Math.max(overload.crowd.most, foreignCpus);
  if (at - overload.crowd.since < crowdedNanos) return;
  overload.crowded = { foreignCpus: Math.max(overload.crowd.most, overload.crowded?.foreignCpus ?? 0), cpus };
}

function sample(overload: Overload, process: string, maxMs: number, at: number): void {
  if (maxMs <= overload.limitMs) {
    overload.streaks.delete(process);
    return;
  }
  let streak = overload.streaks.get(process);
  if (streak === undefined || at - streak.until > silenceNanos)
    overload.streaks.set(process, (streak = { since: at, until: at }));
  streak.until = at;
  if (at - streak.since >= streakNanos)
    overload.starved.set(process, Math.max(maxMs, overload.starved.get(process) ?? 0));
}
