import { beginBucket } from "../../base/bucket.ts";
import { BoundedLog } from "./bounded-log.ts";
import type { OutputLimits } from "./limits.ts";
import { beginAllowance, beginValve } from "./valve.ts";

export interface KeepOptions {
  /** Path of the file that has both streams. */
  readonly log: string;
  readonly limits: OutputLimits;
  /** What is kept of stdout. */
  readonly stdout: (kept: Buffer) => void;
  /** Called with all bytes dropped so far: at the first, then once a second at most, and at the end. */
  readonly dropped: (bytes: number) => void;
  readonly now: () => number;
}

/** The output of one process. */
export interface KeptOutput {
  /** Takes a chunk; returns how many milliseconds to wait before the next is read. */
  take(of: "stdout" | "stderr", chunk: Buffer): number;
  /** An unknown number of bytes never arrived: a line in the log says why, and one is counted. */
  lose(why: string): void;
  /** Both streams have ended. */
  end(): void;
}

const tellEveryMs = 1_000;

/** Keeps a process's output within the limits: in its log, and for whoever listens to stdout. Throws when the log cannot be opened. */
export function keepOutput({ log: path, limits, stdout, dropped, now }: KeepOptions): KeptOutput {
  const log = new BoundedLog(path, limits.logBytes);
  const allowance = beginAllowance(limits);
  const reading = beginBucket({ perSecond: limits.readBytesPerSecond, most: limits.readBytesPerSecond });
  const valves = { stdout: beginValve(limits, allowance), stderr: beginValve(limits, allowance) };
  let lost = 0;
  let told = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  function keep(of: keyof typeof valves, pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      log.write(piece);
      if (of === "stdout") stdout(piece);
    }
  }
  function tell(nowMs: number): void {
    if (lost === told) return;
    told = lost;
    toldAt = nowMs;
    dropped(lost);
  }
  return {
    take(of, chunk) {
      const nowMs = now();
      const { kept, droppedBytes } = valves[of].pass(chunk, nowMs);
      keep(of, kept);
      lost += droppedBytes;
      if (nowMs - toldAt >= tellEveryMs) tell(nowMs);
      reading.spend(chunk.length);
      return Math.ceil(Math.max(0, (-reading.level(nowMs) / limits.readBytesPerSecond) * 1_000));
    },
    lose(why) {
      log.write(Buffer.from(`\n[rollproof: ${why}]\n`));
      lost += 1;
      tell(now());
    },
    end() {
      keep("stdout", valves.stdout.end());
      keep("stderr", valves.stderr.end());
      tell(now());
      log.close();
    },
  };
}
