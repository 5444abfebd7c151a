import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { startDigest } from "../base/digest.ts";
import { RollproofError } from "../base/errors.ts";
import { seq } from "../model/brand.ts";
import type { EventBody, HistoryEvent, RecordEvent, Subscribe } from "../model/event.ts";
import type { LogBatch, RecordFrame, SubscribeFrames } from "../model/log.ts";
import { openAppendFile, type AppendFile } from "./append-file.ts";
import { startDelivery } from "./delivery.ts";
import { crcHex, digestLine, eventsFile, logFile } from "./files.ts";
import { encodeFrame, frameBytesMax, frameHeaderBytes } from "./frame.ts";

/** The one numberer of a run's history: `seq` is gap-free over events and frames together. */
export interface Recorder {
  /** Written to disk before it returns and before any subscriber sees it. Never throws for a full disk: see `failed`. */
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
  /** Until the operating system has put everything on disk. Rejects with the reason of `failed`. */
  flush(): Promise<void>;
  /** Writes `run-ended` with counts and digest, and closes the files. Rejects with the reason of `failed`. */
  close(): Promise<void>;
}

/** `directory` is the history's own (`<run>/history`); it must not hold a history yet. */
export async function openRecorder(directory: string, clock: Clock): Promise<Recorder> {
  const failure = new AbortController();
  const events = openFirst(directory);
  const logs = new Map<string, AppendFile>();
  const digest = startDigest();
  const counts = { events: 0, frames: 0 };
  let closed = false;
  const delivery = startDelivery((error) => record(defectOf(error)));

  function write(file: () => AppendFile, number: number, crc: string, bytes: Uint8Array): void {
    if (failure.signal.aborted || closed) return;
    try {
      file().append(bytes);
      digest.add(digestLine(number, crc));
    } catch (cause) {
      failure.abort(unwritable(directory, cause));
    }
  }
  function record(body: EventBody): HistoryEvent {
    const number = counts.events + counts.frames;
    const event: HistoryEvent = { ...body, seq: seq(number), at: clock.now() };
    const { seq: ownSeq, at, ...fields } = event;
    const json = JSON.stringify({ seq: ownSeq, at, ...fields });
    const crc = crcHex(json);
    write(() => events, number, crc, Buffer.from(`${crc} ${json}\n`));
    counts.events += 1;
    delivery.deliver({ kind: "event", event });
    return event;
  }
  function logOf(topic: string, partition: number): AppendFile {
    const name = logFile(topic, partition);
    if (name === null) throw new Error(`Topic name not allowed by Kafka: ${JSON.stringify(topic.slice(0, 80))}`);
    const file = logs.get(name) ?? openAppendFile(join(directory, name), "any");
    logs.set(name, file);
    return file;
  }

  return {
    record,
    recordFrame(frame) {
      const number = counts.events + counts.frames;
      const batch: LogBatch = { ...frame, seq: seq(number) };
      const { framed, crc } = framedBytes(batch);
      write(() => logOf(batch.topic, batch.partition), number, crc, framed);
      counts.frames += 1;
      delivery.deliver({ kind: "frame", batch });
      return batch;
    },
    subscribe: (fold) => delivery.onEvents(fold),
    subscribeFrames: (fold) => delivery.onFrames(fold),
    failed: failure.signal,
    async flush() {
      failure.signal.throwIfAborted();
      for (const file of [events, ...logs.values()]) file.sync();
    },
    async close() {
      if (closed) return;
      record({ kind: "run-ended", ...counts, sha256: digest.hex() });
      closed = true;
      for (const file of [events, ...logs.values()]) file.close();
      failure.signal.throwIfAborted();
    },
  };
}

function framedBytes(batch: LogBatch): { readonly framed: Uint8Array; readonly crc: string } {
  const body = encodeFrame(batch);
  if (body.length > frameBytesMax)
    throw new RollproofError("defect", `A batch of ${body.length} bytes is larger than a frame can be.`, {
      remedy: `Lower max.message.bytes of ${batch.topic} below ${frameBytesMax}.`,
    });
  const crc = crcHex(body);
  const framed = new Uint8Array(frameHeaderBytes + body.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, body.length, true);
  view.setUint32(4, Number.parseInt(crc, 16), true);
  framed.set(body, frameHeaderBytes);
  return { framed, crc };
}

function openFirst(directory: string): AppendFile {
  try {
    mkdirSync(directory, { recursive: true });
    return openAppendFile(join(directory, eventsFile), "new");
  } catch (cause) {
    throw unwritable(directory, cause);
  }
}

function unwritable(directory: string, cause: unknown): RollproofError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RollproofError("history-unwritable", `The history in ${directory} cannot be written: ${why}.`, {
    remedy: "Free disk space or choose another directory with --out; each run needs its own, empty one.",
    cause,
  });
}

function defectOf(error: unknown): EventBody<"defect"> {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  return { kind: "defect", what: `A subscriber threw and was detached: ${what}`, stack };
}
