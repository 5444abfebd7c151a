import { Readable } from "node:stream";
import type { ContainerRuntimeClient } from "testcontainers";
import { DaemonLost } from "./lost.ts";

/** What carries calls to the daemon. */
type Modem = Pick<ContainerRuntimeClient["container"]["dockerode"]["modem"], "dial">;

interface Patience {
  /** Pause between two looks whether the daemon answers, while calls are out. */
  readonly everyMs: number;
  /** A daemon that answers does so by then. */
  readonly answerMs: number;
  /** Looks in a row without an answer, after which it hangs. */
  readonly silentMax: number;
  /** A call of a daemon that answers other calls may last as long; a stream is exempt. */
  readonly callMsMax: number;
}

/** Twenty seconds at most: a machine under load is slow, and a daemon that is started again comes back. */
const usual: Patience = { everyMs: 2_000, answerMs: 3_000, silentMax: 4, callMsMax: 120_000 };
const watched = new WeakSet<Modem>();

/**
 * From now on no call outlasts a daemon that hangs (it takes connections and says nothing, as a stopped process does) or is gone:
 * as long as one waits for the end of its answer the daemon is pinged, and when it has said nothing for a while all that are out
 * fail with `environment-unavailable`, streams included. The first look of later calls then decides.
 */
export function endHangingCalls(modem: Modem, patience: Patience = usual): void {
  if (watched.has(modem)) return;
  watched.add(modem);
  const dial = modem.dial.bind(modem);
  const waiting = new Set<AbortController>();
  let silent = 0;
  let looking = false;

  /** Why the daemon does not answer; null: it does. */
  const silence = (): Promise<string | null> =>
    new Promise((resolve) => {
      const abortSignal = AbortSignal.timeout(patience.answerMs);
      const hangs = "it takes calls and does not answer them";
      abortSignal.addEventListener("abort", () => resolve(hangs), { once: true });
      dial({ path: "/_ping", method: "GET", statusCodes: { 200: true }, abortSignal }, (error) => {
        // What answers with an error answers.
        if (error === null || error === undefined || "statusCode" in error) resolve(null);
        else resolve(abortSignal.aborted ? hangs : `no connection can be made (${error.message})`);
      });
    });
  const look = async (): Promise<void> => {
    const why = await silence();
    silent = why === null ? 0 : silent + 1;
    if (why !== null && silent >= patience.silentMax) for (const call of waiting) call.abort(new DaemonLost(why));
    if (waiting.size === 0) looking = false;
    else later();
  };
  const later = (): void => {
    looking = true;
    setTimeout(() => void look(), silent >= patience.silentMax ? 0 : patience.everyMs).unref();
  };

  modem.dial = (options, callback) => {
    const call = new AbortController();
    waiting.add(call);
    if (!looking) later();
    const tooLong = options.isStream === true ? null : endLater(call, options, patience);
    const over = (): void => {
      waiting.delete(call);
      if (tooLong !== null) clearTimeout(tooLong);
    };
    // Of an answer that breaks off in its middle docker-modem 5 never calls back, not even when it is aborted.
    const failed = (): void => {
      over();
      callback?.(reasonOf(call.signal), null);
    };
    call.signal.addEventListener("abort", failed, { once: true });
    const signals = [call.signal, ...(options.abortSignal === undefined ? [] : [options.abortSignal])];
    dial({ ...options, abortSignal: AbortSignal.any(signals) }, (error, result) => {
      if (call.signal.aborted) return;
      call.signal.removeEventListener("abort", failed);
      if (result instanceof Readable) {
        call.signal.addEventListener("abort", () => result.destroy(reasonOf(call.signal)), { once: true });
        result.on("error", () => undefined); // told to those who read it
        result.once("close", over);
      } else over();
      callback?.(error, result);
    });
  };
}

function endLater(
  call: AbortController,
  { method, path }: { readonly method?: string | undefined; readonly path: string },
  { callMsMax }: Patience,
): NodeJS.Timeout {
  const why = `${method ?? "GET"} ${path} has no answer after ${callMsMax} ms`;
  return setTimeout(() => call.abort(new DaemonLost(why)), callMsMax).unref();
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
