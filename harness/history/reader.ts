import { readdirSync } from "node:fs";
import { join } from "node:path";
import { startDigest } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import type { HistoryEvent } from "../model/event.ts";
import type { HistoryEnd, HistoryItem, HistoryProblem } from "../model/history.ts";
import { digestLine, eventsFile, parseLogFile } from "./files.ts";
import { eventStream, frameStream, type Stored, type Stream } from "./streams.ts";

/** A recorded history, read as a stream: memory is bounded by the number of files times one batch. */
export interface History {
  /** Events and frames in seq order. Bytes that cannot be believed end their own file's part, never the reading. */
  items(): Generator<HistoryItem, void>;
  /** How it ended; known once `items` has run to its end. */
  end(): HistoryEnd;
}

/** How many runs of missing sequence numbers are named one by one. */
const namedMissing = 20;

/** `directory` is the history's own (`<run>/history`). Throws only when there is no such directory. */
export function readHistory(directory: string): History {
  const { names, odd } = list(directory);
  let ended: HistoryEnd | null = null;
  return {
    *items() {
      const opened = open(directory, names);
      const account = startAccount([...odd, ...opened.problems]);
      try {
        for (const stored of merged(opened.streams)) {
          account.take(stored);
          yield stored.item;
        }
      } finally {
        for (const stream of opened.streams) stream.close();
      }
      ended = account.end(opened.streams);
    },
    end() {
      if (ended === null)
        throw new RollproofError("defect", "The end of a history was asked for before it was read.", {
          remedy: "Read all of items() first.",
        });
      return ended;
    },
  };
}

function list(directory: string): { readonly names: readonly string[]; readonly odd: readonly HistoryProblem[] } {
  try {
    const entries = readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const known = entries.filter(
      (entry) => entry.isFile() && (entry.name === eventsFile || parseLogFile(entry.name) !== null),
    );
    const odd = entries.filter((entry) => !known.includes(entry));
    return {
      names: known.map((entry) => entry.name),
      odd: odd.map((entry) => problem(entry.name, 0, "This is no file of a history; it was not read.")),
    };
  } catch (cause) {
    throw new RollproofError("file-missing", `There is no readable history in ${directory}.`, {
      remedy: "Name a run directory which holds history/events.ndjson.",
      cause,
    });
  }
}

function problem(file: string, byte: number, what: string): HistoryProblem {
  return { file, byte, what, lost: null };
}

function open(
  directory: string,
  names: readonly string[],
): { readonly streams: readonly Stream[]; readonly problems: readonly HistoryProblem[] } {
  const streams: Stream[] = [];
  const problems: HistoryProblem[] = [];
  for (const name of names)
    try {
      const log = parseLogFile(name);
      const path = join(directory, name);
      streams.push(log === null ? eventStream(path, name) : frameStream(path, name, log));
    } catch (cause) {
      problems.push(problem(name, 0, `It cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`));
    }
  return { streams, problems };
}

/** k-way merge by seq. The streams are few (one per partition), so the smallest head is looked for, not heaped. */
function* merged(streams: readonly Stream[]): Generator<Stored, void> {
  const heads = streams.map((stream) => ({ stream, head: stream.next() }));
  for (;;) {
    let least: { readonly stream: Stream; head: Stored | null } | null = null;
    for (const one of heads)
      if (one.head !== null && (least?.head == null || one.head.seq < least.head.seq)) least = one;
    if (least?.head == null) return;
    const { head } = least;
    least.head = least.stream.next();
    yield head;
  }
}

/** Keeps count and digest as items pass, and says at the end whether they are all there. */
function startAccount(found: readonly HistoryProblem[]): {
  take(stored: Stored): void;
  end(streams: readonly Stream[]): HistoryEnd;
} {
  const problems: HistoryProblem[] = [...found];
  const digest = startDigest();
  let events = 0;
  let frames = 0;
  let expected = 0;
  let missingRuns = 0;
  let last: { readonly event: HistoryEvent; readonly digest: string; readonly before: number } | null = null;

  return {
    take({ item, seq, crc }) {
      if (seq !== expected) {
        missingRuns += 1;
        if (missingRuns <= namedMissing) problems.push(problem(eventsFile, 0, gapText(expected, seq)));
      }
      expected = seq + 1;
      const ends = item.kind === "event" && item.event.kind === "run-ended";
      last = ends ? { event: item.event, digest: digest.hex(), before: events } : null;
      digest.add(digestLine(seq, crc));
      if (item.kind === "event") events += 1;
      else frames += 1;
    },
    end(streams) {
      for (const stream of streams) {
        const damage = stream.damage();
        const lost = stream.log === null ? null : { ...stream.log, from: stream.lostFrom() };
        if (damage !== null) problems.push({ file: stream.file, ...damage, lost });
      }
      const wrong = endFault(last, frames);
      if (wrong !== null) problems.push(problem(eventsFile, 0, wrong));
      return { complete: problems.length === 0, events, frames, problems };
    },
  };
}

function gapText(expected: number, seq: number): string {
  if (seq < expected) return `Sequence number ${seq} occurs twice.`;
  return seq === expected + 1 ? `Item ${expected} is missing.` : `Items ${expected} to ${seq - 1} are missing.`;
}

function endFault(
  last: { readonly event: HistoryEvent; readonly digest: string; readonly before: number } | null,
  frames: number,
): string | null {
  if (last?.event.kind !== "run-ended") return "The history does not end with run-ended: the harness did not finish.";
  const { event } = last;
  if (event.events !== last.before || event.frames !== frames)
    return `run-ended counts ${event.events} events and ${event.frames} frames; ${last.before} and ${frames} were read.`;
  return event.sha256 === last.digest ? null : "The digest in run-ended does not agree with what was read.";
}
