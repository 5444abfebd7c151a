import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";
import { holdUpMs, patienceMs } from "../model/profile.ts";
import { takesDown } from "./roll.ts";
import { activeOn, type ActiveFaults, type FaultSpan } from "./active-faults.ts";

/** Ends of processes, against what the run asked for and what its faults explain. */
export interface Ends {
  readonly faults: ActiveFaults;
  readonly holdUpNanos: number;
  readonly patienceNanos: number;
  /** By process and kind of end. Ends as planned are not kept. */
  readonly odd: Map<string, OddEnds>;
  /** Ends of members by themselves that a fault explains: member → how many. */
  readonly explained: Map<string, number>;
  /** `process/incarnation` → when it was started. */
  readonly started: Map<string, number>;
  /** The members that an act of the upgrade takes down now. */
  stopping: readonly string[];
  /** Those that an act was taking down when the upgrade turned back: it goes on with that. */
  readonly leaving: Set<string>;
  timeZero: number;
  /** Members are stopped: the run is over. */
  isClosing: boolean;
  /** The run was called off or failed: what ended then is part of that. */
  isCutShort: boolean;
}

/** Ends of one process that look alike. */
export interface OddEnds {
  readonly first: HistoryEvent<"process-ended">;
  last: HistoryEvent<"process-ended">;
  count: number;
  readonly why: string;
  /**
   * `own`: the process gave up by itself, with an exit code that nobody outside can make it have, and no fault explains that.
   * `unclear`: somebody else may have ended it.
   */
  readonly by: "own" | "unclear";
}

/** Faults that end the process that they are on, at once or by what they take from it. */
const deadly: ReadonlySet<string> = new Set(["crash", "stop", "out-of-memory", "disk-full"]);
/** Those that take something away, so that the end is the process's own; a crash ends one life, and that end is put down to it. */
const starving: ReadonlySet<string> = new Set(["out-of-memory", "disk-full"]);
/** A broker was seen to end up to 1 s after its disk had room again (faults/disk-full.ts waits so long). */
const lateDeathNanos = 5e9;
/** Shells and Java report a signal as 128 + its number. */
const signalled = 128;
const sigtermCode = signalled + 15;

export function beginEnds({ plan, hostFactor }: CheckerContext, faults: ActiveFaults): Ends {
  return {
    faults,
    holdUpNanos: holdUpMs(plan.scenario, hostFactor) * 1e6,
    patienceNanos: patienceMs(plan.scenario, hostFactor) * 1e6,
    odd: new Map(),
    explained: new Map(),
    started: new Map(),
    stopping: [],
    leaving: new Set(),
    timeZero: 0,
    isClosing: false,
    isCutShort: false,
  };
}

export function stepEnds(ends: Ends, event: HistoryEvent): void {
  switch (event.kind) {
    case "time-zero":
      ends.timeZero = event.at;
      break;
    case "upgrade-act-began":
      ends.stopping = takesDown(event) ? event.members : [];
      break;
    case "upgrade-stopped":
      ends.stopping = [];
      break;
    case "roll-back-began":
      for (const member of ends.stopping) ends.leaving.add(member);
      break;
    case "drained":
    case "drain-failed":
      ends.isClosing = true;
      break;
    case "interrupted":
    case "defect":
      ends.isClosing = true;
      ends.isCutShort = true;
      break;
    case "process-started":
      ends.leaving.delete(event.process);
      ends.started.set(`${event.process}/${event.incarnation}`, event.at);
      break;
    case "process-ended":
      if (!ends.isCutShort) learn(ends, event);
      break;
    default:
      break;
  }
}

function learn(ends: Ends, event: HistoryEvent<"process-ended">): void {
  const oddity = oddityOf(ends, event);
  if (oddity === null) return;
  const kind = `${event.process} ${howOf(event)} ${oddity.why}`;
  const known = ends.odd.get(kind);
  if (known === undefined) ends.odd.set(kind, { first: event, last: event, count: 1, ...oddity });
  else Object.assign(known, { last: event, count: known.count + 1 });
}

/** Why this end is not as planned; null: it is. */
function oddityOf(ends: Ends, event: HistoryEvent<"process-ended">): Pick<OddEnds, "why" | "by"> | null {
  switch (event.cause) {
    case "asked":
      return orderly(ends, event);
    case "fault":
      return hasFault(ends, event, deadly)
        ? null
        : unclear("it was put down to a fault, but no fault that ends processes was active on it");
    default:
      return hasFault(ends, event, starving) ? null : byItself(ends, event);
  }
}

function unclear(why: string): Pick<OddEnds, "why" | "by"> {
  return { why, by: "unclear" };
}

function orderly(ends: Ends, event: HistoryEvent<"process-ended">): Pick<OddEnds, "why" | "by"> | null {
  const { process, code, signal } = event;
  if (!ends.isClosing && !ends.stopping.includes(process) && !ends.leaving.has(process))
    return unclear("it was put down to the upgrade, but no act of it was stopping it");
  if (signal !== null && signal !== "SIGTERM") return unclear("it was asked to stop by SIGTERM");
  if (code === null || code === 0 || code === sigtermCode) return null;
  const isOwn = isFailure(event) && isMember(process) && !isExplained(ends, event);
  return { why: "it was asked to stop in order", by: isOwn ? "own" : "unclear" };
}

/** A process that nobody was ending: a failure of its own, unless a fault explains it. Signals and exit code 0 come from outside. */
function byItself(ends: Ends, event: HistoryEvent<"process-ended">): Pick<OddEnds, "why" | "by"> | null {
  const { process } = event;
  const why = "nothing in the run asked for it";
  if (!isFailure(event)) return unclear(why);
  if (!isMember(process)) return mayBeOfBrokerFault(ends, event) ? null : unclear(why);
  if (!isExplained(ends, event)) return { why, by: "own" };
  ends.explained.set(process, (ends.explained.get(process) ?? 0) + 1);
  return null;
}

/** An exit code that a program chooses to tell of a failure. */
function isFailure({ code }: HistoryEvent<"process-ended">): boolean {
  return code !== null && code > 0 && code < signalled;
}

function isMember(process: string): boolean {
  return process.startsWith("member-");
}

function hasFault(
  { faults }: Ends,
  { process, at }: HistoryEvent<"process-ended">,
  kinds: ReadonlySet<string>,
): boolean {
  return activeOn(faults, process, { from: at - lateDeathNanos, to: at }).some(({ kind }) => kinds.has(kind));
}

/**
 * A member may give up because of any fault: while it is active, for as long as Kafka may hold a sound one up after it, and one that
 * lived through it for LV1's whole patience. One that was started after all that has nothing to do with it.
 */
function isExplained(ends: Ends, { process, incarnation, at }: HistoryEvent<"process-ended">): boolean {
  const startedAt = ends.started.get(`${process}/${incarnation}`) ?? -Infinity;
  return ends.faults.spans.some(
    ({ from, to }) => from <= at && (at <= to + ends.holdUpNanos || (startedAt <= to && at <= to + ends.patienceNanos)),
  );
}

function mayBeOfBrokerFault({ faults, patienceNanos }: Ends, { at }: HistoryEvent<"process-ended">): boolean {
  const isOnBroker = ({ targets }: FaultSpan): boolean => targets.some((target) => target.startsWith("broker-"));
  return faults.spans.some((span) => isOnBroker(span) && span.from <= at && span.to >= at - patienceNanos);
}

/** The latest incarnation was started after the one that ended so. */
export function wasStartedAgain({ started }: Ends, { process, incarnation }: HistoryEvent<"process-ended">): boolean {
  return started.has(`${process}/${incarnation + 1}`);
}

export function howOf({ code, signal }: HistoryEvent<"process-ended">): string {
  if (signal !== null) return signal;
  return code === null ? "neither exit code nor signal" : `exit code ${code}`;
}
