import { constants } from "node:os";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Exit } from "../../../model/environment.ts";
import { findDaemon } from "../daemon/daemon.ts";
import type { Engine } from "../daemon/engine.ts";
import { DaemonLost } from "../daemon/lost.ts";

/**
 * Signals that end a container's first process whether it likes or not: the kernel's own, for what it did, and SIGKILL. Every
 * other only reaches a handler of its own there (pid_namespaces(7)), so that 143 is always a code: that of a JVM after SIGTERM.
 */
const forcing = ["SIGILL", "SIGTRAP", "SIGBUS", "SIGFPE", "SIGKILL", "SIGSEGV", "SIGSYS"] as const;
/** The daemon tells a signal as 128 + its number. */
const signalled = new Map<number, string>(forcing.map((name) => [128 + constants.signals[name], name]));
const waited = z.object({ StatusCode: z.number().int() });
const daemonGone: Exit = { code: null, signal: "unknown: the Docker daemon was gone" };
/** A daemon that is started again and leaves its containers alone meanwhile is back by then. */
const looks = 5;
const betweenMs = 1_000;
const lastedMs = 30_000;

/** What of a container is asked for its end. */
interface Waitable {
  readonly id: string;
  readonly modem: Pick<Engine["container"]["dockerode"]["modem"], "dial">;
}

/**
 * Resolves at the container's end, never rejects. A daemon that does not answer any more is `lost`, and the container ended in a
 * way that nobody knows.
 */
export async function exitOf(
  container: Waitable,
  { signal, lost }: { readonly signal: AbortSignal; readonly lost: (why: Error) => void },
): Promise<Exit> {
  let why = "it does not say how its containers end";
  for (let look = 0; look < looks && !signal.aborted; look++) {
    const began = performance.now();
    try {
      return exitOfStatus(await statusOf(container));
    } catch (cause) {
      if (isStatus(cause, 404)) return { code: null, signal: "unknown: the container was removed" };
      if (cause instanceof DaemonLost) {
        if (!signal.aborted) lost(cause); // it hangs: that took long enough to find out
        return daemonGone;
      }
    }
    if (performance.now() - began > lastedMs) look = 0; // an answer that breaks off after long is the first trouble again
    const daemon = await findDaemon(signal).catch(() => null);
    if (daemon?.answers === false) why = daemon.why;
    await sleep(betweenMs, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) lost(new DaemonLost(why));
  return daemonGone;
}

/**
 * Waits for the container's end (ContainerWait of the Engine API). The daemon begins its answer at once, and docker-modem does not
 * tell when one breaks off: it is read as a stream, which does.
 */
async function statusOf({ id, modem }: Waitable): Promise<number> {
  const options = {
    path: `/containers/${id}/wait`,
    method: "POST",
    isStream: true,
    statusCodes: { 200: true },
  } as const;
  const answer = await new Promise<unknown>((resolve, reject) =>
    modem.dial(options, (error, result) => (error === null ? resolve(result) : reject(error))),
  );
  if (!(answer instanceof Readable)) throw new TypeError("The daemon's answer to a wait is no stream.");
  return waited.parse(await json(answer)).StatusCode;
}

/** How the process ended, from what the daemon says of its container. */
export function exitOfStatus(status: number): Exit {
  const signal = signalled.get(status);
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}

/** Whether the daemon answered with this HTTP status. */
export function isStatus(cause: unknown, status: number): boolean {
  return typeof cause === "object" && cause !== null && "statusCode" in cause && cause.statusCode === status;
}
