import { sentence } from "../base/sentence.ts";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { crc32 } from "node:zlib";
import type { Clock } from "../base/clock.ts";
import { RollproofError } from "../base/errors.ts";
import { seq } from "../model/brand.ts";
import type { EventBody, HistoryEvent, RecordEvent, Subscribe } from "../model/event.ts";
import type { LogBatch, RecordFrame, SubscribeFrames } from "../model/log.ts";
import { beginDelivery } from "./delivery.ts";
import { openHistoryWriter, type HistoryWriter } from "./history-writer.ts";

/** The one numberer of a run's history: `seq` is gap-free over events and frames together. */
export interface Recorder {
  /**
   * Subscribers see it at once, the disk within a second: all files are written in one go, each a block, once a second or
   * when one of them has 256 KB. SIGKILL of this process loses that second. What must be on disk before something
   * is done goes into a journal. Never throws for a full disk: see `failed`.
   */
  readonly record: RecordEvent;
  readonly recordFrame: RecordFrame;
  /** Folds are called in seq order; one that throws is recorded as a `defect` event and detached. */
  readonly subscribe: Subscribe;
  readonly subscribeFrames: SubscribeFrames;
  /**
   * Aborted, with a RollproofError as reason, when the history could not be written. From then on events are still
   * numbered and handed to subscribers, so that faults heal and processes end, but nothing more is kept.
   */
  readonly failed: AbortSignal;
  /** Writes what waits, and returns once the operating system has put it on disk. Rejects with the reason of `failed`. */
  flush(): Promise<void>;
  /** Writes `run-ended` with counts and digest, and closes the files. Rejects with the reason of `failed`. */
  close(): Promise<void>;
}

const blockAgeMaxMs = 900;

/** `directory` is the history's own (`<run>/history`); it must not hold a history yet. */
export async function openRecorder(directory: string, clock: Clock): Promise<Recorder> {
  const failure = new AbortController();
  const writer = openFirst(directory, clock);
  const counts = { events: 0, frames: 0 };
  const delivery = beginDelivery((error) => record(defectOf(error)));
  const writing = startTurns(() => attempt(() => writer.write()));
  let closed = false;

  function attempt(step: () => void): void {
    if (failure.signal.aborted || closed) return;
    try {
      step();
    } catch (cause) {
      failure.abort(unwritable(directory, cause));
    }
  }
  function keep(step: () => void, now: number): void {
    attempt(step);
    if (!failure.signal.aborted && !closed) writing.due(now, writer.isFull());
  }
  function record(body: EventBody): HistoryEvent {
    const event: HistoryEvent = { ...body, seq: seq(counts.events + counts.frames), at: clock.now() };
    keep(() => writer.event(event), event.at);
    counts.events += 1;
    delivery.deliver({ kind: "event", event });
    return event;
  }

  return {
    record,
    recordFrame(frame) {
      const batch: LogBatch = { ...frame, seq: seq(counts.events + counts.frames) };
      keep(() => writer.frame(batch), clock.now());
      counts.frames += 1;
      delivery.deliver({ kind: "frame", batch });
      return batch;
    },
    subscribe: (fold) => delivery.onEvents(fold),
    subscribeFrames: (fold) => delivery.onFrames(fold),
    failed: failure.signal,
    async flush() {
      writing.now();
      attempt(() => writer.sync());
      failure.signal.throwIfAborted();
    },
    async close() {
      if (closed) return;
      writing.now();
      record({ kind: "run-ended", ...counts, sha256: writer.digest() });
      writing.now();
      closed = true;
      writer.close();
      failure.signal.throwIfAborted();
    },
  };
}

/** When to write: once something has waited for long, or at once when there is enough. */
function startTurns(write: () => void): { due(now: number, isFull: boolean): void; now(): void } {
  let since: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  function turn(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    since = null;
    write();
  }
  return {
    now: turn,
    /** By the clock as well as by the timer, which is late when this process is busy. */
    due(now, isFull) {
      since ??= now;
      if (isFull || now - since >= blockAgeMaxMs * 1e6) return turn();
      timer ??= setTimeout(turn, blockAgeMaxMs).unref();
    },
  };
}

/** The history's id is not chance: two histories differ in where or when they began. */
function openFirst(directory: string, clock: Clock): HistoryWriter {
  try {
    mkdirSync(directory, { recursive: true });
    return openHistoryWriter(directory, crc32(`${resolve(directory)} ${clock.wallMs()}`));
  } catch (cause) {
    throw unwritable(directory, cause);
  }
}

function unwritable(directory: string, cause: unknown): RollproofError {
  if (cause instanceof RollproofError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RollproofError("history-unwritable", sentence(`The history in ${directory} cannot be written: ${why}`), {
    remedy: "Free disk space or choose another directory with --out; each run needs its own, empty one.",
    cause,
  });
}

function defectOf(error: unknown): EventBody<"defect"> {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  return { kind: "defect", what: `A subscriber threw and was detached: ${what}`, stack };
}
