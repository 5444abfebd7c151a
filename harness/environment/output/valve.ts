import { beginBucket, type Bucket } from "../../base/bucket.ts";
import type { OutputLimits } from "./limits.ts";

/** What became of a chunk of output. */
export interface Passed {
  /** What is kept of it, in order, with notes where something was dropped. */
  readonly kept: readonly Buffer[];
  readonly droppedBytes: number;
}

/** One stream (stdout, stderr) of a process. */
export interface Valve {
  pass(chunk: Buffer, nowMs: number): Passed;
  /** The stream has ended: the note that is due. */
  end(): readonly Buffer[];
}

const newline = 0x0a;
const lineEnd = Buffer.from("\n");
/** Output is kept again once this share of the burst is there, so that a flood gives few notes. */
const resumeShare = 1 / 4;

/** The allowance that the streams of one process share. */
export function beginAllowance({ bytesPerSecond, burstBytes }: OutputLimits): Bucket {
  return beginBucket({ perSecond: bytesPerSecond, most: burstBytes });
}

/**
 * Keeps output within its limits. Beyond the rate whole lines are dropped until there is room again; of a line that is
 * too long the beginning is kept. What is left are lines as the process wrote them, cut lines and notes: never a line
 * made of two halves.
 */
export function beginValve(limits: OutputLimits, allowance: Bucket): Valve {
  const { bytesPerSecond, burstBytes, lineBytes } = limits;
  let dropping: "rate" | "line" | null = null;
  let dropped = 0;
  /** Of the line that has not ended. */
  let lineLength = 0;

  function note(): Buffer {
    const text =
      dropping === "rate"
        ? `[rollproof: ${dropped} bytes dropped here: more than ${bytesPerSecond} bytes a second]\n`
        : ` [rollproof: ${dropped} bytes of this line dropped: longer than ${lineBytes} bytes]\n`;
    dropping = null;
    dropped = 0;
    lineLength = 0;
    return Buffer.from(text);
  }
  /** How much of the chunk is kept: up to the end of the allowance, or to where a line is too long. */
  function keptLength(chunk: Buffer): number {
    for (let at = 0; at < chunk.length;) {
      const found = chunk.indexOf(newline, at);
      const end = found === -1 ? chunk.length : found;
      if (lineLength + end - at > lineBytes) {
        dropping = "line";
        return at + lineBytes - lineLength;
      }
      lineLength = found === -1 ? lineLength + end - at : 0;
      at = end + 1;
    }
    return chunk.length;
  }
  return {
    pass(chunk, nowMs) {
      const kept: Buffer[] = [];
      let droppedBytes = 0;
      let rest = chunk;
      while (rest.length > 0) {
        const level = Math.floor(allowance.level(nowMs));
        if (dropping !== null) {
          const mayResume = dropping === "line" || level >= burstBytes * resumeShare;
          const { length, isOver } = dropLength(rest, mayResume);
          dropped += length;
          droppedBytes += length;
          rest = rest.subarray(length);
          if (isOver) kept.push(note());
        } else if (level <= 0) {
          if (lineLength > 0) kept.push(lineEnd);
          dropping = "rate";
        } else {
          const part = rest.subarray(0, level);
          const length = keptLength(part);
          allowance.spend(length);
          if (length > 0) kept.push(part.subarray(0, length));
          rest = rest.subarray(length);
        }
      }
      return { kept, droppedBytes };
    },
    end: () => (dropping === null ? [] : [note()]),
  };
}

/** How much of the chunk is dropped; with `isOver` what follows begins a line and is kept. */
function dropLength(chunk: Buffer, mayResume: boolean): { readonly length: number; readonly isOver: boolean } {
  const end = mayResume ? chunk.indexOf(newline) : -1;
  return end === -1 ? { length: chunk.length, isOver: false } : { length: end + 1, isOver: true };
}
