import { setTimeout as sleep } from "node:timers/promises";
import { RollproofError } from "../../base/errors.ts";
import type { Exit } from "../../model/environment.ts";
import { findDaemon } from "./daemon.ts";
import type { ContainerHandle } from "./engine.ts";
import { daemonLost } from "./lost.ts";

/** Exit code of a container whose process was ended by SIGKILL (128 + 9). */
const killedCode = 137;
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
      return StatusCode === killedCode ? { code: null, signal: "SIGKILL" } : { code: StatusCode, signal: null };
    } catch (cause) {
      if (isStatus(cause, 404)) return { code: null, signal: "unknown: the container was removed" };
      if (cause instanceof RollproofError) {
        if (!signal.aborted) lost(cause); // it hangs: that took long enough to find out
        return daemonGone;
      }
    }
    const daemon = await findDaemon(signal).catch(() => null);
    if (daemon?.answers === false) why = daemon.why;
    await sleep(betweenMs, undefined, { signal }).catch(() => undefined);
  }
  if (!signal.aborted) lost(daemonLost(why));
  return daemonGone;
}

/** Whether the daemon answered with this HTTP status. */
export function isStatus(cause: unknown, status: number): boolean {
  return typeof cause === "object" && cause !== null && "statusCode" in cause && cause.statusCode === status;
}
