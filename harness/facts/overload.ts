import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { profiles, scaled } from "../model/profile.ts";
import { numberOf } from "../model/testimony-body.ts";
import { activeOn, type ActiveFaults } from "./active-faults.ts";

/**
 * An event loop that stood still for more than a quarter of the session time-out, over 2 s, starves what it measures: again and again
 * over 2 s, or once for 2 s. What a fault on the process itself does to it is the fault's.
 */
export interface Overload {
  readonly limitMs: number;
  readonly faults: ActiveFaults;
  /** Per process: the streak of bad samples, run nanoseconds. Members report bad ones only: a silence ends a streak. */
  readonly streaks: Map<string, { readonly since: number; until: number }>;
  /** Processes that were starved, with the worst delay seen. */
  readonly starved: Map<string, number>;
  /** Since when others have used more than half of the host, run nanoseconds, and the most in it; null: they do not. */
  crowd: { readonly since: number; most: number } | null;
  /** The most that others used, in processors of how many, in a stretch that lasted; null: none did. */
  crowded: { readonly foreignCpus: number; readonly cpus: number } | null;
  /** A sample said that this host does not tell what others use. */
  isBlind: boolean;
}

const streakNanos = 2e9;
const crowdedNanos = 5e9;
/** Samples come every second. */
const silenceNanos = 2.5e9;
/** A stall is reported up to so long after its end. */
const reportNanos = 1.5e9;

export function beginOverload(context: CheckerContext, faults: ActiveFaults): Overload {
  return {
    limitMs: stallLimitMs(context),
    faults,
    streaks: new Map(),
    starved: new Map(),
    crowd: null,
    crowded: null,
    isBlind: false,
  };
}

function stallLimitMs({ plan, hostFactor }: CheckerContext): number {
  return scaled(profiles[plan.scenario.profile], hostFactor).sessionTimeoutMs / 4;
}

/** A stall of an event loop that alone starves what it measures, milliseconds. */
export function singleStallMs(context: CheckerContext): number {
  return Math.max(streakNanos / 1e6, stallLimitMs(context));
}

export function stepOverload(overload: Overload, event: HistoryEvent): void {
  if (event.kind === "time-zero") {
    // What was slow while things came up measured nothing.
    overload.starved.clear();
    overload.streaks.clear();
  }
  if (event.kind === "gauge-loop-delay") sample(overload, event.process, event.maxMs, event.at);
  if (event.kind === "gauge-host") crowd(overload, event);
  if (event.kind === "testimony" && event.said === "loop-delay")
    sample(overload, event.member, numberOf(event.body, "maxMs"), event.at);
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
  const { crowded, isBlind } = overload;
  const doubts = [...overloadDoubts(overload)];
  if (isBlind) doubts.push("This host does not tell how busy others keep it. Run on Linux to judge time-outs.");
  if (crowded === null) return doubts;
  const { foreignCpus, cpus } = crowded;
  return [
    ...doubts,
    `host-overloaded: other processes used up to ${foreignCpus.toFixed(1)} of ${cpus} processors. Use a quieter machine.`,
  ];
}

function crowd(overload: Overload, { foreignCpus, cpus, at }: HistoryEvent<"gauge-host">): void {
  if (foreignCpus === null) {
    overload.isBlind = true;
    return;
  }
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
  if (!(maxMs > overload.limitMs)) {
    overload.streaks.delete(process);
    return;
  }
  const stoodFrom = at - maxMs * 1e6;
  if (activeOn(overload.faults, process, { from: stoodFrom - reportNanos, to: at }).length > 0) return;
  let streak = overload.streaks.get(process);
  if (streak === undefined || at - streak.until > silenceNanos)
    overload.streaks.set(process, (streak = { since: stoodFrom, until: at }));
  streak.until = at;
  if (at - streak.since >= streakNanos)
    overload.starved.set(process, Math.max(maxMs, overload.starved.get(process) ?? 0));
}
