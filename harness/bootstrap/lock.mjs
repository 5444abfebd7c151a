import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./progress.mjs";
import { Trouble } from "./trouble.mjs";

const patienceMs = 10 * 60_000;

/**
 * Runs `body` while no other bootstrap holds `path`. A lock whose holder has died counts for nothing. The lock only saves double
 * work: what is installed is made in a folder of its own and renamed, so two holders would do no harm either.
 */
export async function withLock(path, body) {
  mkdirSync(dirname(path), { recursive: true });
  await take(path);
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}

async function take(path) {
  const began = performance.now();
  for (let told = false; ;) {
    try {
      return writeFileSync(path, holder(process.pid), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const other = read(path);
    if (other !== null && !lives(other)) rmSync(path, { force: true });
    else {
      if (!told) say(`waiting for another setup (${path})`);
      told = true;
      if (performance.now() - began > patienceMs)
        throw new Trouble(`Another setup holds ${path} for too long.`, "End it, delete that file and try again.");
      await sleep(200);
    }
  }
}

/** `pid startTicks`: a pid alone is soon another process's. */
function holder(pid) {
  return `${pid} ${startTicks(pid)}`;
}

function lives(text) {
  const [pid] = text.split(" ");
  return startTicks(pid) !== "gone" && holder(pid) === text;
}

function startTicks(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? "gone" : stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
