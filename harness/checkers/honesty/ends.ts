import type { HistoryEvent } from "../../model/event.ts";
import type { CheckerContext } from "../../model/finding.ts";
import { patienceMs } from "../../model/profile.ts";
import { activeOn, learnActiveFault, startActiveFaults, type ActiveFaults } from "./active-faults.ts";

/** Ends of processes, against what the plan asked for and the faults explain. */
export interface Ends {
  readonly faults: ActiveFaults;
  /** After a fault, members may still end of what it did for so long, nanoseconds. */
  readonly aftermathNanos: number;
  /** Reasons that no plan gives, by process and kind of end. */
  readonly odd: Map<string, OddEnd>;
  /** Process → its incarnations that were started. */
  readonly started: Map<string, Set<number>>;
  /** The member that a step of the upgrade takes down now. */
  stopping: string | null;
  timeZero: number;
  /** Members are stopped: the run is over. */
  isClosing: boolean;
  /** The run was called off or failed: what ended then is part of that. */
  isCutShort: boolean;
}

interface OddEnd {
  readonly first: HistoryEvent<"process-ended">;
  readonly why: string;
  more: number;
}

/** Faults that end the process that they are on, at once or by what they take from it. */
const deadly: ReadonlySet<string> = new Set(["crash", "stop", "out-of-memory", "disk-full"]);
/** Those that take something away, so that the end is the process's own; a crash ends one life, and that end is put down to it. */
const starving: ReadonlySet<string> = new Set(["out-of-memory", "disk-full"]);
/** A broker was seen to end up to 1 s after its disk had room again (faults/disk-full.ts waits so long). */
const lateDeathNanos = 5e9;
const takenDown: ReadonlySet<string> = new Set(["drain", "stop", "start"]);
/** Shells and Java report a signal as 128 + its number. */
const signalled = 128;
const sigtermCode = signalled + 15;

export function startEnds({ plan, hostFactor }: CheckerContext): Ends {
  return {
    faults: startActiveFaults(plan),
    aftermathNanos: patienceMs(plan.scenario, hostFactor) * 1e6,
    odd: new Map(),
    started: new Map(),
    stopping: null,
    timeZero: 0,
    isClosing: false,
    isCutShort: false,
  };
}

export function learnEnd(ends: Ends, event: HistoryEvent): void {
  learnActiveFault(ends.faults, event);
  switch (event.kind) {
    case "time-zero":
      ends.timeZero = event.at;
      break;
    case "upgrade-phase-began":
      ends.stopping = takenDown.has(event.phase) ? event.member : null;
      break;
    case "upgrade-stopped":
      ends.stopping = null;
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
      ends.started.set(event.process, (ends.started.get(event.process) ?? new Set()).add(event.incarnation));
      break;
    case "process-ended":
      judge(ends, event);
      break;
    default:
      break;
  }
}

function judge(ends: Ends, event: HistoryEvent<"process-ended">): void {
  const why = oddity(ends, event);
  if (why === null) return;
  const kind = `${event.process} ${howOf(event)} ${why}`;
  const known = ends.odd.get(kind);
  if (known === undefined) ends.odd.set(kind, { first: event, why, more: 0 });
  else known.more += 1;
}

/** Why this end is not as planned; null: it is. */
function oddity(ends: Ends, event: HistoryEvent<"process-ended">): string | null {
  switch (event.cause) {
    case "asked":
      return orderly(ends, event);
    case "fault":
      return hasFault(ends, event, deadly)
        ? null
        : "it was put down to a fault, but no fault that ends processes was active on it";
    default:
      return hasFault(ends, event, starving) || isFailure(ends, event) ? null : "nothing in the run asked for it";
  }
}

function orderly(ends: Ends, { process, code, signal }: HistoryEvent<"process-ended">): string | null {
  if (!ends.isClosing && ends.stopping !== process)
    return "it was put down to the upgrade, but no step was stopping it";
  if (signal !== null && signal !== "SIGTERM") return "it was asked to stop by SIGTERM";
  return code === null || code === 0 || code === sigtermCode ? null : "it was asked to stop in order";
}

function hasFault(
  { faults }: Ends,
  { process, at }: HistoryEvent<"process-ended">,
  kinds: ReadonlySet<string>,
): boolean {
  return activeOn(faults, process, { from: at - lateDeathNanos, to: at }).some(({ kind }) => kinds.has(kind));
}

/**
 * A process that gave up by itself while a fault was active, or soon after: a member because of any fault, a broker because of one on
 * brokers. Signals and exit code 0 are no failures: somebody else ended it.
 */
function isFailure({ faults, aftermathNanos }: Ends, event: HistoryEvent<"process-ended">): boolean {
  const { process, code, at } = event;
  if (code === null || code === 0 || code >= signalled) return false;
  const isBroker = process.startsWith("broker-");
  return faults.spans.some(
    ({ targets, from, to }) =>
      from <= at && to >= at - aftermathNanos && (!isBroker || targets.some((target) => target.startsWith("broker-"))),
  );
}

export function endReasons({ odd, started, timeZero, isCutShort }: Ends): readonly string[] {
  if (isCutShort) return [];
  return [...odd.values()].map(({ first, why, more }) => {
    const { process, incarnation } = first;
    const seconds = ((first.at - timeZero) / 1e9).toFixed(1);
    const again = started.get(process)?.has(incarnation + 1) === true;
    const often = more === 0 ? "" : ` (${more + 1} times; this is the first)`;
    return [
      `${process}/${incarnation} ended at ${seconds} s with ${howOf(first)}${often}, and ${why}.`,
      `It was ${again ? `started again as ${process}/${incarnation + 1}` : "not started again"}.`,
      `Read its log; if somebody else ended it, run again.`,
    ].join(" ");
  });
}

function howOf({ code, signal }: HistoryEvent<"process-ended">): string {
  if (signal !== null) return signal;
  return code === null ? "neither exit code nor signal" : `exit code ${code}`;
}
