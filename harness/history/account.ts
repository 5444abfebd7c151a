import type { HistoryEvent } from "../model/event.ts";
import type { HistoryEnd, HistoryItem, HistoryProblem } from "../model/history.ts";
import type { Damage, Range } from "./block-walk.ts";
import { eventsFile } from "./files.ts";
import { problemOf, type HistoryFile } from "./history-file.ts";
import { seqOf } from "./item-stream.ts";

/** Counts items as they pass and collects what is wrong; says at the end whether they are all there. */
export interface Account {
  /** Names a problem, once. */
  add(problem: HistoryProblem): void;
  /** Names damage; items that are missing within it are not named again. */
  lose(file: HistoryFile, damage: Damage): void;
  take(item: HistoryItem): void;
  /** `digest`: of the files as they were read. */
  end(digest: string): HistoryEnd;
}

/** How many runs of missing sequence numbers are named one by one. */
const namedMissing = 20;

export function beginAccount(): Account {
  const problems = new Map<string, HistoryProblem>();
  const lost: Range[] = [];
  const counts = { events: 0, frames: 0 };
  let expected = 0;
  let missingRuns = 0;
  let last: HistoryItem | null = null;

  function add(problem: HistoryProblem): boolean {
    const key = JSON.stringify([problem.file, problem.byte, problem.what]);
    if (problems.has(key)) return false;
    problems.set(key, problem);
    return true;
  }
  function miss(what: string): void {
    missingRuns += 1;
    if (missingRuns <= namedMissing) add({ file: eventsFile, byte: 0, what, lost: null });
  }
  return {
    add: (problem) => void add(problem),
    lose(file, damage) {
      if (add(problemOf(file, damage)) && damage.seqs !== null) lost.push(damage.seqs);
    },
    take(item) {
      const seq = seqOf(item);
      if (seq < expected) miss(`Sequence number ${seq} occurs twice`);
      else if (seq > expected && !isWithin(lost, expected, seq)) miss(missingText(expected, seq));
      expected = Math.max(expected, seq + 1);
      last = item;
      if (item.kind === "event") counts.events += 1;
      else counts.frames += 1;
    },
    end(digest) {
      const wrong = endFault(last?.kind === "event" ? last.event : null, { ...counts, digest });
      if (wrong !== null) add({ file: eventsFile, byte: 0, what: wrong, lost: null });
      return { complete: problems.size === 0, ...counts, problems: [...problems.values()] };
    },
  };
}

function missingText(from: number, below: number): string {
  return below === from + 1 ? `Item ${from} is missing` : `Items ${from} to ${below - 1} are missing`;
}

/** Every number from `from` to below `below` lies in one of the ranges. */
function isWithin(ranges: readonly Range[], from: number, below: number): boolean {
  let at = from;
  while (at < below) {
    const reach = ranges.reduce((far, one) => (one.from <= at ? Math.max(far, (one.to ?? Infinity) + 1) : far), at);
    if (reach === at) return false;
    at = reach;
  }
  return true;
}

function endFault(
  last: HistoryEvent | null,
  read: { readonly events: number; readonly frames: number; readonly digest: string },
): string | null {
  if (last?.kind !== "run-ended")
    return "The history does not end with run-ended: the harness did not finish, or the end is cut off";
  const before = read.events - 1;
  if (last.events !== before || last.frames !== read.frames)
    return `run-ended counts ${last.events} events and ${last.frames} frames; ${before} and ${read.frames} were read`;
  return last.sha256 === read.digest ? null : "The digest in run-ended does not agree with the files";
}
