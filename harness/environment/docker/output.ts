import { createWriteStream } from "node:fs";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { StringDecoder } from "node:string_decoder";

/** Before a stream that broke off is asked for again. */
const againMs = 500;

/** What of a container is asked for its output. */
interface Spoken {
  logs(how: { readonly follow: true; readonly stdout: true; readonly stderr: true }): Promise<NodeJS.ReadableStream>;
  readonly modem: { demuxStream(stream: NodeJS.ReadableStream, out: PassThrough, err: PassThrough): void };
}

interface Listener {
  readonly container: Spoken;
  /** Path of the file that has all of it. */
  readonly log: string;
  readonly stdout: (text: string) => void;
  /** Aborted when the container has ended: what has come by the next end of the stream is all. */
  readonly over: AbortSignal;
}

/**
 * A container's output from its start into the log file, stdout to the listener too; resolves when all of it has been heard and
 * written. The stream also breaks off when the daemon is started again and leaves its containers alone. Then it is taken up from
 * the start, without what was heard before.
 */
export async function listenTo({ container, log, stdout, over }: Listener): Promise<void> {
  const file = createWriteStream(log, { flags: "a" });
  file.on("error", () => undefined); // a full disk must not end the run: the recorder says so
  const decoder = new StringDecoder("utf8");
  const heard = { stdout: 0, stderr: 0 };
  for (;;) {
    const isLast = over.aborted;
    let isWhole = false;
    try {
      const stream = await container.logs({ follow: true, stdout: true, stderr: true });
      const ways = [
        withoutFirst(heard.stdout, (chunk) => {
          heard.stdout += chunk.length;
          file.write(chunk);
          stdout(decoder.write(chunk));
        }),
        withoutFirst(heard.stderr, (chunk) => {
          heard.stderr += chunk.length;
          file.write(chunk);
        }),
      ] as const;
      container.modem.demuxStream(stream, ...ways);
      isWhole = await finished(stream, { writable: false }).then(
        () => true,
        () => false,
      );
      await Promise.all(ways.map((way) => finished(way.end())));
    } catch {
      // the daemon does not answer, or the container is gone
    }
    if (isLast) break;
    await sleep(againMs, undefined, { signal: over }).catch(() => undefined);
    if (isWhole && over.aborted) break;
  }
  stdout(decoder.end());
  file.end();
  await finished(file).catch(() => undefined);
}

/** Hands on what comes after the first `count` bytes. */
function withoutFirst(count: number, take: (chunk: Buffer) => void): PassThrough {
  let skipped = 0;
  return new PassThrough().on("data", (chunk: Buffer) => {
    const rest = chunk.subarray(Math.min(chunk.length, count - skipped));
    skipped += chunk.length - rest.length;
    if (rest.length > 0) take(rest);
  });
}
