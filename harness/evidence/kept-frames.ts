import type { LogFrame } from "../model/log.ts";

/** The last batches that were read of one partition, kept to be compared with a second read. */
export interface KeptFrames {
  readonly frames: LogFrame[];
  bytes: number;
}

const framesMax = 200;
const bytesMax = 256 * 1024;

export function keptFrames(): KeptFrames {
  return { frames: [], bytes: 0 };
}

/** Keeps the newest batches: at least one, and of the others as many as the bounds allow. */
export function keepFrame(kept: KeptFrames, frame: LogFrame): void {
  kept.frames.push(frame);
  kept.bytes += frame.bytes.length;
  while (kept.frames.length > 1 && (kept.frames.length > framesMax || kept.bytes > bytesMax))
    kept.bytes -= kept.frames.shift()?.bytes.length ?? 0;
}
