import type { HistoryItem } from "../model/history.ts";
import { lineBytesMax, parseEventLine } from "./event-line.ts";
import { openCursor, type FileCursor } from "./file-cursor.ts";
import { crcHex } from "./files.ts";
import { decodeFrame, frameBytesMax, frameHeaderBytes } from "./frame.ts";

/** One item of one file, with what the digest needs. */
export interface Stored {
  readonly item: HistoryItem;
  readonly seq: number;
  readonly crc: string;
}

/** The items of one file, from its start to its end or its first damage. */
export interface Stream {
  readonly file: string;
  /** The partition whose log it is; null for the events. */
  readonly log: { readonly topic: string; readonly partition: number } | null;
  /** Null at the end of what is readable. */
  next(): Stored | null;
  /** First damage; known once `next` has given null. */
  damage(): { readonly byte: number; readonly what: string } | null;
  /** First offset that is not readable any more; 0 for the events. */
  lostFrom(): number;
  close(): void;
}

type Step = { readonly stored: Stored; readonly bytes: number } | { readonly damage: string } | null;

function stream(
  options: { readonly path: string; readonly file: string; readonly log: Stream["log"] },
  step: (cursor: FileCursor) => Step,
): Stream {
  const cursor = openCursor(options.path);
  let damage: { readonly byte: number; readonly what: string } | null = null;
  let last = -1;
  let lostFrom = 0;
  let over = false;
  const stop = (what: string | null): null => {
    if (what !== null) damage = { byte: cursor.at(), what };
    over = true;
    cursor.close();
    return null;
  };
  return {
    file: options.file,
    log: options.log,
    next() {
      if (over) return null;
      const read = tried(() => step(cursor));
      if (read === null) return stop(null);
      if ("damage" in read) return stop(read.damage);
      if (read.stored.seq <= last) return stop("goes back in sequence numbers");
      last = read.stored.seq;
      cursor.skip(read.bytes);
      if (read.stored.item.kind === "frame") lostFrom = read.stored.item.batch.lastOffset + 1;
      return read.stored;
    },
    damage: () => damage,
    lostFrom: () => lostFrom,
    close: () => cursor.close(),
  };
}

function tried(step: () => Step): Step {
  try {
    return step();
  } catch (error) {
    return { damage: `It cannot be read on: ${error instanceof Error ? error.message : String(error)}` };
  }
}

export function eventStream(path: string, file: string): Stream {
  return stream({ path, file, log: null }, (cursor) => {
    const line = peekLine(cursor);
    if (line === null) return null;
    if (typeof line === "string") return { damage: line };
    const parsed = parseEventLine(line);
    if (typeof parsed === "string") return { damage: `The line ${parsed}.` };
    const { event, crc } = parsed;
    return { stored: { item: { kind: "event", event }, seq: event.seq, crc }, bytes: line.length + 1 };
  });
}

function peekLine(cursor: FileCursor): Uint8Array | string | null {
  for (let size = 4096; ; size *= 4) {
    const bytes = cursor.peek(size);
    if (bytes.length === 0) return null;
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return bytes.subarray(0, end);
    if (bytes.length < size) return "The last line was cut off.";
    if (size > lineBytesMax) return `A line is longer than ${lineBytesMax} bytes.`;
  }
}

export function frameStream(path: string, file: string, log: NonNullable<Stream["log"]>): Stream {
  return stream({ path, file, log }, (cursor) => {
    const header = cursor.peek(frameHeaderBytes);
    if (header.length === 0) return null;
    if (header.length < frameHeaderBytes) return { damage: "The last frame was cut off." };
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const [length, crc] = [view.getUint32(0, true), view.getUint32(4, true)];
    if (length > frameBytesMax) return { damage: `A frame claims ${length} bytes.` };
    const bytes = frameHeaderBytes + length;
    const body = cursor.peek(bytes).subarray(frameHeaderBytes);
    if (body.length < length) return { damage: "The last frame was cut off." };
    const computed = crcHex(body);
    if (Number.parseInt(computed, 16) !== crc) return { damage: "A frame does not agree with its CRC-32." };
    const batch = decodeFrame(body);
    if (typeof batch === "string") return { damage: `A frame ${batch}.` };
    if (batch.topic !== log.topic || batch.partition !== log.partition)
      return { damage: "A frame belongs to another partition than its file." };
    return { stored: { item: { kind: "frame", batch }, seq: batch.seq, crc: computed }, bytes };
  });
}
