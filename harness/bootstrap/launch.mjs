import { spawn } from "node:child_process";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { bootstrapFolder, root } from "./layout.mjs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
/** A terminal and npm may both pass the same Ctrl-C on; a person's second one comes later. */
const sameSignalMs = 300;
/**
 * kafkajs 2.2.4 sets a timer to `throttledUntil - now` even where that is negative (network/requestQueue), which Node from 24
 * on warns of. Such a timer fires at once, as meant: the warning would only stand in the way of the verdict.
 */
const quiet = "--disable-warning=TimeoutNegativeWarning";

/**
 * Runs a script on the given Node with this process's stdio until it ends, and returns its exit code. The child has a
 * process group of its own, so each signal reaches it once: through here. It dies with this process, however this one ends.
 */
export function launch(node, argv) {
  const child = spawn(node, [quiet, "--import", join(bootstrapFolder, "tie.mjs"), ...argv], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    detached: true,
    env: {
      ...process.env,
      PATH: `${dirname(node)}:${process.env.PATH ?? ""}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, ".rollproof", "compile-cache"),
      ROLLPROOF_BOOTSTRAP_PID: String(process.pid),
    },
  });
  const last = new Map();
  for (const name of forwarded)
    process.on(name, () => {
      const now = performance.now();
      if (now - (last.get(name) ?? -sameSignalMs) >= sameSignalMs) child.kill(name);
      last.set(name, now);
    });
  const watch = watchNpm(() => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearInterval(watch);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** npm does not end its script when it is killed itself: then the run has lost whoever asked for it. */
function watchNpm(lost) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  return setInterval(() => process.ppid !== parent && lost(), 500);
}
