import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { within } from "../../../base/deadline.ts";
import { noteReaper } from "./journal.ts";

/** The harness's end of the pipe to the reaper. */
export interface Reaper {
  /** Says good-bye, and ends it: nothing is left to be removed. Never rejects. */
  dismiss(): Promise<void>;
}

const script = fileURLToPath(new URL("./reaper.ts", import.meta.url));
const goodBye = "good-bye";
const endMs = 5_000;

/**
 * Starts the reaper of a run, whose folder `journals` is there. Where none can be started the run goes on without, and stderr
 * says why: `clean` does the same by hand.
 */
export function startReaper(runDirectory: string, runId: string): Reaper {
  let child: ChildProcess;
  try {
    child = spawnReaper(runDirectory, runId);
  } catch (error) {
    process.stderr.write(`no reaper watches over run ${runId}: ${String(error)}\n`);
    return { dismiss: () => Promise.resolve() };
  }
  const gone = new Promise<void>((resolve) => {
    for (const event of ["exit", "error"]) child.once(event, () => resolve());
  });
  child.stdin?.on("error", () => undefined); // it has ended before
  child.unref();
  if (child.pid !== undefined) noteReaper(runDirectory, child.pid);
  return {
    async dismiss() {
      child.stdin?.end(goodBye);
      const remedy = "Read journals/reaper.log in the run directory.";
      const deadline = { what: "the reaper to end", timeoutMs: endMs, signal: AbortSignal.timeout(2 * endMs), remedy };
      await within(deadline, gone).catch(() => child.kill("SIGKILL"));
    },
  };
}

function spawnReaper(runDirectory: string, runId: string): ChildProcess {
  const log = openSync(join(runDirectory, "journals", "reaper.log"), "a");
  try {
    return spawn(process.execPath, [script, runId, runDirectory, goodBye], {
      detached: true, // out of the terminal's and the harness's group: it must outlive both
      stdio: ["pipe", log, log],
    });
  } finally {
    closeSync(log);
  }
}
