import { sentence } from "../../../base/sentence.ts";
import { RollproofError } from "../../../base/errors.ts";
import { findDaemon } from "./daemon.ts";

/** The daemon went away with what it runs: nothing can be asked of it, nothing ended. */
export class DaemonLost extends RollproofError {
  constructor(why: string) {
    super(
      "environment-unavailable",
      `${sentence(`The Docker daemon is gone: ${why}`)} Containers of this run may be left.`,
      {
        remedy: "Look at the daemon's log, start it again, then run `rollproof clean`: it removes what is left.",
      },
    );
  }
}

/** Throws where the daemon twice says nothing: who takes a run down is not to find out call by call. */
export async function demandAnswer(): Promise<void> {
  const { signal } = new AbortController();
  if ((await findDaemon(signal)).answers) return;
  const again = await findDaemon(signal);
  if (!again.answers) throw new DaemonLost(again.why);
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
    throw daemon.answers ? cause : new DaemonLost(daemon.why);
  }
}
