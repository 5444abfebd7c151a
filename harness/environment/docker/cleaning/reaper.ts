/**
 * The reaper: a process of its own, in a session of its own, that outlives the harness only to remove what its run has in Docker.
 * It waits at a pipe that the harness holds. The harness's end, however it comes, closes the pipe; without the good-bye before
 * that, everything labelled with the run goes, and is looked for again until nothing new has come for a while: the daemon may
 * still be carrying out what the harness asked for last. Needs built-ins only until then.
 *
 * Arguments: the run's id, the run directory, the good-bye. Its words go to stdout, which is the run's `journals/reaper.log`.
 */
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { isoText, beginClock } from "../../../base/clock.ts";

const [run = "", directory = "", goodBye = ""] = process.argv.slice(2);
const everyMs = 250;
/** It never outlives its work by more. */
const deadlineMs = 60_000;
const clock = beginClock();

function say(words: string): void {
  process.stdout.write(`${isoText(clock.wallMs())} ${words}\n`);
}

async function reap(): Promise<void> {
  say(`the harness of run ${run} has ended without a good-bye: what it has in Docker is removed`);
  setTimeout(() => {
    say("given up: `rollproof clean` removes what is left");
    process.exit(1);
  }, deadlineMs);
  const [{ removeLateLeftovers }, { noteDockerDisposed }] = await Promise.all([
    import("./leftovers.ts"),
    import("./journal.ts"),
  ]);
  const signal = AbortSignal.timeout(deadlineMs);
  const told = (names: readonly string[]): void => say(`removed ${names.join(", ")}`);
  for (;;)
    try {
      await removeLateLeftovers(run, signal, told);
      break;
    } catch (error) {
      say(`tried in vain: ${String(error)}`);
      await sleep(everyMs);
    }
  say("nothing is left");
  if (existsSync(directory)) noteDockerDisposed(directory); // it may have been removed in the meantime
}

// Ctrl-C and a closing terminal are the harness's to answer.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
if ((await text(process.stdin)) !== goodBye) await reap();
process.exit(0);
