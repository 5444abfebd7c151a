import { setTimeout as sleep } from "node:timers/promises";
import { StringDecoder } from "node:string_decoder";
import { beginClock } from "../../../base/clock.ts";
import { keepOutput, type KeptOutput } from "../../output/keep-output.ts";
import type { OutputLimits } from "../../output/limits.ts";
import { beginDemux } from "./demux.ts";

/** Before a stream that broke off is asked for again. */
const againMs = 500;
/**
 * The daemon keeps at least this much of a container's output from its start (container.ts bounds its log). A line of one byte
 * takes about 90 there.
 */
const keptByDaemonBytes = 256 * 1024;

/** What `listenTo` needs of a container. */
interface Speaker {
  logs(how: {
    readonly follow: true;
    readonly stdout: true;
    readonly stderr: true;
    /** Seconds since 1970. */
    readonly since?: number;
  }): Promise<AsyncIterable<Buffer | string>>;
}

interface Listener {
  readonly container: Speaker;
  /** Path of the file that has both streams. */
  readonly log: string;
  readonly limits: OutputLimits;
  /** What is kept of stdout. */
  readonly stdout: (text: string) => void;
  /** Called with all bytes dropped so far, when they have become more. */
  readonly dropped: (bytes: number) => void;
  /** Aborted when the container has ended: what has come by the next end of the stream is all. */
  readonly over: AbortSignal;
}

/** How much has been heard of each stream, and when the last of it came. */
interface Heard {
  stdout: number;
  stderr: number;
  lastAt: number;
}

/**
 * A container's output from its start, within its limits, into the log and to the listener; resolves when all of it has been
 * heard. The stream also breaks off when the daemon is started again and leaves its containers alone. Then it is asked for
 * again from the start, and what was heard before is skipped; where the daemon may not have the start any more, it is taken
 * up from now on, and the log says so.
 */
export async function listenTo({ container, log, limits, stdout, dropped, over }: Listener): Promise<void> {
  const decoder = new StringDecoder("utf8");
  const clock = beginClock();
  const output = keepOutput({
    log,
    limits,
    stdout: (kept) => stdout(decoder.write(kept)),
    dropped,
    now: () => performance.now(),
  });
  const heard: Heard = { stdout: 0, stderr: 0, lastAt: 0 };
  for (;;) {
    const isLast = over.aborted;
    const isAll = heard.stdout + heard.stderr <= keptByDaemonBytes;
    let isWhole = false;
    try {
      const since = isAll ? {} : { since: Math.ceil(heard.lastAt / 1_000) };
      const stream = await container.logs({ follow: true, stdout: true, stderr: true, ...since });
      if (!isAll) output.lose("the daemon's stream broke off: what was printed meanwhile may be missing");
      const skip = isAll ? { ...heard } : { stdout: 0, stderr: 0 };
      await hear(stream, { output, heard, skip, over, now: () => clock.wallMs() });
      isWhole = true;
    } catch {
      // the daemon does not answer, the stream broke off, or the container is gone
    }
    if (isLast) break;
    await sleep(againMs, undefined, { signal: over }).catch(() => undefined);
    if (isWhole && over.aborted) break;
  }
  output.end();
  stdout(decoder.end());
}

interface Hearing {
  readonly output: KeptOutput;
  readonly heard: Heard;
  /** Bytes of each stream that were heard before. */
  readonly skip: { stdout: number; stderr: number };
  readonly over: AbortSignal;
  readonly now: () => number;
}

/** Reads the stream to its end, no faster than the limits say while the container lives. */
async function hear(
  stream: AsyncIterable<Buffer | string>,
  { output, heard, skip, over, now }: Hearing,
): Promise<void> {
  const demux = beginDemux();
  for await (const chunk of stream) {
    let waitMs = 0;
    for (const { of, bytes } of demux(typeof chunk === "string" ? Buffer.from(chunk) : chunk)) {
      const rest = bytes.subarray(Math.min(bytes.length, skip[of]));
      skip[of] -= bytes.length - rest.length;
      heard[of] += rest.length;
      waitMs = output.take(of, rest);
    }
    heard.lastAt = now();
    if (waitMs > 0 && !over.aborted) await sleep(waitMs, undefined, { signal: over }).catch(() => undefined);
  }
}
