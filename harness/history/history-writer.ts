import { join } from "node:path";
import type { HistoryEvent } from "../model/event.ts";
import type { LogBatch } from "../model/log.ts";
import { openBlockWriter, type BlockWriter } from "./block-writer.ts";
import { encodeEvents } from "./events.ts";
import { digestOf, eventsFile, logFile } from "./files.ts";
import { encodeFrames } from "./frames.ts";
import { beginWaiting, type Waiting } from "./waiting.ts";

/** The files of a history. Items wait until `write` puts a block of each file on disk. */
export interface HistoryWriter {
  event(event: HistoryEvent): void;
  frame(batch: LogBatch): void;
  /** Some file has enough for a block. */
  isFull(): boolean;
  /**
   * Appends what waits: to the logs first, then to the events, whose block says how far each log is written. So whatever
   * a crash leaves, the last block of events tells what all files have in common. Throws what the disk says.
   */
  write(): void;
  /** Over everything that was written. */
  digest(): string;
  sync(): void;
  close(): void;
}

/** `history` goes into every block's header. The directory is there, and holds no history. Throws what the disk says. */
export function openHistoryWriter(directory: string, history: number): HistoryWriter {
  const open = (name: string, existing: "new" | "any"): BlockWriter =>
    openBlockWriter({ path: join(directory, name), name, history, existing });
  const events = { writer: open(eventsFile, "new"), waiting: beginWaiting<string>() };
  const logs = new Map<string, Log>();
  let next = 0;
  let full = false;

  function logOf({ topic, partition }: LogBatch): Log {
    const name = logFile(topic, partition);
    if (name === null) throw new Error(`Topic name not allowed by Kafka: ${JSON.stringify(topic.slice(0, 80))}`);
    const log = logs.get(name) ?? { writer: open(name, "any"), waiting: beginWaiting<LogBatch>() };
    logs.set(name, log);
    return log;
  }
  const all = (): readonly BlockWriter[] => [...[...logs.values()].map(({ writer }) => writer), events.writer];
  return {
    event(event) {
      const { seq, at, ...fields } = event;
      const item = JSON.stringify({ seq, at, ...fields });
      full = events.waiting.add({ item, seq, bytes: Buffer.byteLength(item) }) || full;
      next = seq + 1;
    },
    frame(batch) {
      full = logOf(batch).waiting.add({ item: batch, seq: batch.seq, bytes: bytesOf(batch) }) || full;
      next = batch.seq + 1;
    },
    isFull: () => full,
    write() {
      full = false;
      const written = logs.values().reduce((sum, log) => sum + writeFrames(log), 0);
      const taken = events.waiting.take();
      if (taken === null && written === 0) return;
      const { items, firstSeq, lastSeq } = taken ?? { items: [], firstSeq: next, lastSeq: next - 1 };
      const manifest = new Map([...logs].map(([name, { writer }]) => [name, writer.written()]));
      events.writer.append({ items: items.length, firstSeq, lastSeq, from: 0, next }, encodeEvents(manifest, items));
    },
    digest() {
      const digests = new Map([[eventsFile, events.writer.digest()]]);
      for (const [name, { writer }] of logs) digests.set(name, writer.digest());
      return digestOf(digests);
    },
    sync() {
      for (const writer of all()) writer.sync();
    },
    close() {
      for (const writer of all()) writer.close();
    },
  };
}

interface Log {
  readonly writer: BlockWriter;
  readonly waiting: Waiting<LogBatch>;
}

/** The number of frames written. */
function writeFrames({ waiting, writer }: Log): number {
  const taken = waiting.take();
  if (taken === null) return 0;
  const { items, firstSeq, lastSeq } = taken;
  let [from, past] = [Infinity, 0];
  for (const { baseOffset, lastOffset } of items) {
    from = Math.min(from, baseOffset);
    past = Math.max(past, lastOffset + 1);
  }
  writer.append({ items: items.length, firstSeq, lastSeq, from, next: past }, encodeFrames(items));
  return items.length;
}

/** What a frame takes in its block at most. */
function bytesOf({ bytes, count }: LogBatch): number {
  return bytes.length + 48 * count + 128;
}
