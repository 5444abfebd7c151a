import { sentence } from "../../base/sentence.ts";
import type { EvidenceBatch, EvidenceEnd, EvidenceGap } from "../../model/evidence.ts";
import type { HistoryEvent } from "../../model/event.ts";

/** Logs that one reason names. */
const shownMax = 3;

/** What went wrong with the run itself, and with the record of it. */
export interface RunFacts {
  readonly reasons: string[];
  /** Partitions whose tail failed and has not settled since. */
  readonly failed: Map<string, string>;
  isDrained: boolean;
  isDrainFailed: boolean;
  end: EvidenceEnd | null;
}

export function beginRun(): RunFacts {
  return { reasons: [], failed: new Map(), isDrained: false, isDrainFailed: false, end: null };
}

export function learnRun(run: RunFacts, batch: EvidenceBatch): void {
  if (batch.kind === "end") run.end = batch.end;
  if (batch.kind === "event") learnEvent(run, batch.event);
}

/** What ended the run before its end, and what to do; null: the event is no such thing. */
export function earlyEnd(event: HistoryEvent): string | null {
  if (event.kind === "interrupted") return `The run ended early (${event.why}): mend that, or let it end.`;
  if (event.kind === "defect") return `The harness failed (${event.what}): this is a defect of rollproof.`;
  return null;
}

function learnEvent(run: RunFacts, event: HistoryEvent): void {
  const early = earlyEnd(event);
  if (early !== null) run.reasons.push(early);
  switch (event.kind) {
    case "tail-gap":
      run.reasons.push(`The tail lost ${event.topic}-${event.partition} from ${event.from} to ${event.to}: run again.`);
      break;
    case "tail-failed":
      run.failed.set(`${event.topic}-${event.partition}`, event.why);
      break;
    case "tail-settled":
      run.failed.delete(`${event.topic}-${event.partition}`);
      break;
    case "clock-stepped":
      run.reasons.push(`The wall clock stepped by ${event.deltaMs} ms: stop what sets it, then run again.`);
      break;
    case "drained":
      run.isDrained = true;
      break;
    case "drain-failed":
      run.isDrainFailed = true;
      run.reasons.push(`The groups did not drain (${event.why}): give the drain more time, or send less.`);
      break;
    case "disk-copy-failed":
      run.reasons.push(
        `The disk of ${event.member}/${event.incarnation} was not copied (${event.why}): give the run directory room.`,
      );
      break;
    default:
      break;
  }
}

const notWhole = "The history is not whole: its end is missing or does not agree with its content.";

export function runReasons({ reasons, failed, isDrained, end }: RunFacts): readonly string[] {
  const own = [...reasons, ...[...failed].map(([log, why]) => `The tail of ${log} failed (${why}): run again.`)];
  if (!isDrained) own.push("The groups were not drained: let the run end.");
  if (end === null) return ["The history has no end: let the run end.", ...own];
  const gaps = end.gaps.map((gap) => `${sentence(`Evidence is missing${placeOf(gap)}: ${gap.what}`)} Run again.`);
  // What was cut off or damaged comes first: it explains what else seems not to have happened.
  const all = end.complete ? [...own, ...gaps] : [notWhole, ...gaps, ...own];
  const open = end.partitions.filter(({ settled }) => !settled).map(({ topic, partition }) => `${topic}-${partition}`);
  const more = open.length > shownMax ? ` and ${open.length - shownMax} more` : "";
  if (open.length > 0) all.push(`Not read to the end: ${open.slice(0, shownMax).join(", ")}${more}. Run again.`);
  return all;
}

function placeOf({ topic, partition, from, to }: EvidenceGap): string {
  if (topic === null) return "";
  const log = partition === null ? topic : `${topic}-${partition}`;
  return from === null ? ` in ${log}` : ` in ${log} from ${from} to ${to ?? "its end"}`;
}
