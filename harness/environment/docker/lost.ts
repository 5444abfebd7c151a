import { RollproofError } from "../../base/errors.ts";
import { findDaemon } from "./daemon.ts";

/** The daemon went away with what it runs: nothing can be asked of it, nothing ended. */
export function daemonLost(why: string): RollproofError {
  return new RollproofError(
    "environment-unavailable",
    `The Docker daemon is gone: ${why}. Containers of this run may be left.`,
    { remedy: "Look at the daemon's log, start it again, then run `rollproof clean`: it removes what is left." },
  );
}

/**
 * The value of what was asked of the daemon. Where that failed and the daemon does not answer any more, the error says that it is
 * lost; else it is the one that came.
 */
export async function orLost<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    const daemon = await findDaemon(new AbortController().signal);
    throw daemon.answers ? cause : daemonLost(daemon.why);
  }
}
