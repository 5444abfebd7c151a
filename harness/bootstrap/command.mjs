import { spawn } from "node:child_process";
import { missing } from "./programs.mjs";
import { Trouble } from "./trouble.mjs";

const kept = 2_000;
const running = new Set();

/**
 * Runs a program to its end and returns the last part of what it printed. A missing program and a failure are Trouble.
 * @param {string[]} argv
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs: number }} options env is added to this process's own
 * @returns {Promise<string>}
 */
export function run(argv, { cwd, env, timeoutMs }) {
  const [program, ...parameters] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let tail = "";
    const keep = (text) => (tail = (tail + text).slice(-kept));
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.once("error", (error) => {
      clearTimeout(late);
      reject(error.code === "ENOENT" ? missing(program) : error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(late);
      running.delete(child);
      if (code === 0) resolve(tail);
      else reject(failed(argv, signal ?? `exit ${code}`, tail));
    });
  });
}

/** Ends what `run` has still going. */
export function endCommands() {
  for (const child of running) child.kill("SIGKILL");
}

function failed(argv, how, tail) {
  return new Trouble(
    `${argv.slice(0, 2).join(" ")} failed (${how}). The end of what it printed:\n${tail.trimEnd()}`,
    "Look at the lines above: most often the network or a package registry cannot be reached. Then try again.",
  );
}
