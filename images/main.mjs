/**
 * `npm run images`: builds, from packages alone, the images that runs in Docker need, under the tags of the public ones, for
 * machines that can pull nothing. Runs on Node 20 with nothing installed. What is up to date is not built again.
 */
import { join } from "node:path";
import { endCommands } from "../harness/bootstrap/command.mjs";
import { pinned, root } from "../harness/bootstrap/layout.mjs";
import { withLock } from "../harness/bootstrap/lock.mjs";
import { environmentExit, Trouble } from "../harness/bootstrap/trouble.mjs";
import { parseArguments, UsageTrouble } from "./arguments.mjs";
import { buildAll } from "./build.mjs";
import { requireDaemon } from "./docker.mjs";
import { recipes } from "./recipes.mjs";
import { explained } from "./remedies.mjs";

/** Exit codes of harness/base/errors.ts. */
const usageExit = 64;
const interruptedExit = 130;
const stop = new AbortController();
let isInterrupted = false;

function end() {
  stop.abort();
  endCommands();
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(name, () => {
    isInterrupted = true;
    end();
  });

try {
  const { kafka, force } = parseArguments(process.argv.slice(2), pinned.kafka);
  await requireDaemon();
  const done = await withLock(join(root, ".rollproof", "images.lock"), () =>
    buildAll(recipes(kafka), { force, signal: stop.signal, end }),
  );
  for (const { tag, did } of done) process.stdout.write(`${did.padEnd(10)}  ${tag}\n`);
} catch (error) {
  end();
  process.exitCode = report(error instanceof UsageTrouble ? error : explained(error));
}

function report(error) {
  if (isInterrupted) {
    process.stderr.write("rollproof: interrupted; images that were not finished are not there\n");
    return interruptedExit;
  }
  if (!(error instanceof Trouble)) throw error;
  process.stderr.write(`rollproof: ${error.message}\n  remedy: ${error.remedy}\n`);
  return error instanceof UsageTrouble ? usageExit : environmentExit;
}
