import { sentence } from "../base/sentence.ts";
import { RollproofError } from "../base/errors.ts";

/** Standard output and standard error, which whoever reads them may close at any time: `rollproof list | head -1`. */
export interface Output {
  /** Aborted once a reader has gone: what was to be said is not read any more. */
  readonly closed: AbortSignal;
  /** Until everything written has been taken over, or nobody is there to take it. */
  flush(): Promise<void>;
}

/** Without this a closed pipe (EPIPE) would end the process at once, with the exit code of an invalid verdict. */
export function watchOutput(streams: readonly NodeJS.WritableStream[]): Output {
  const closed = new AbortController();
  for (const stream of streams)
    stream.on("error", (cause: Error) => {
      closed.abort(
        new RollproofError(
          "output-closed",
          sentence(`Nothing can be written to the output any more: ${cause.message}`),
          {
            remedy: "Let the reader read to the end, or write the output to a file.",
          },
        ),
      );
    });
  return {
    closed: closed.signal,
    flush: async () => {
      await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write("", resolve))));
      // An error is told after the write that it belongs to.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
