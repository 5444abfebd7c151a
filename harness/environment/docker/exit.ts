import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Exit } from "../../model/environment.ts";
import { findDaemon } from "./daemon.ts";
import type { ContainerHandle } from "./engine.ts";
import { DaemonLost } from "./lost.ts";

/**
 * Signals that end a container's first process whether it likes or not: the kernel's own, for what it did, and SIGKILL. Every
 * other only reaches a handler of its own there (pid_namespaces(7)), so that 143 is always a code: that of a JVM after SIGTERM.
 */
const forcing = ["SIGILL", "SIGTRAP", "SIGBUS", "SIGFPE", "SIGKILL", "SIGSEGV", "SIGSYS"] as const;
/** The daemon tells a signal as 128 + its number. */
const signalled = new Map<number, string>(forcing.map((name) => [128 + constants.signals[name], name]));
const daemonGone: Exit = { code: null, signal: "unknown: the Docker daemon was gone" };
/** A daemon that is started again and leaves its containers alone meanwhile is back by then. */
const looks = 5;
const betweenMs = 1_000;

/**
 * Resolves at the container's end, never rejects. A daemon that does not answer any more is `lost`, and the container ended in a
 * way that nobody knows.
 */
export async function exitOf(
  container: ContainerHandle,
  { signal, lost }: { readonly signal: AbortSignal; readonly lost: (why: Error) => void },
): Promise<Exit> {
  let why = "it does not say how its containers end";
  for (let look = 0; look < looks && !signal.aborted; look++) {
    try {
      const { StatusCode }: { StatusCode: number } = await container.wait();
      return exitOfStatus(StatusCode);
    } catch (cause) {
      if (isStatus(cause, 404)) return { code: null, signal: "unknown: the container was removed" };
      if (cause instanceof DaemonLost) {
        if (!signal.aborted) lost(cause); // it hangs: that took long enough to find out
        return daemonGone;
      }
    }
    const daemon = await findDaemon(signal).catch(() => null);
    if (daemon?.answers === false) why = daemon.why;
    await sleep(betweenMs, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) lost(new DaemonLost(why));
  return daemonGone;
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
