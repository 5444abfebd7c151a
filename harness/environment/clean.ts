import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isOwnDirectory } from "../base/own-files.ts";
import { cleanContainers, type CleanedContainers } from "./dead-containers.ts";
import { readDockerJournal } from "./docker/cleaning/journal.ts";
import { hasLiveEnvironment, removeOldRuns, runsBelow } from "./old-runs.ts";
import { tokenVariable } from "./process/messages.ts";
import { readJournal, type JournalledCluster } from "./process/journal.ts";
import { commandLineOf, isAlive, pidsWithVariable, statOf } from "./proc.ts";

/** What `clean` mended. */
export interface Cleaned {
  readonly killed: readonly { readonly run: string; readonly pid: number; readonly commandLine: string }[];
  readonly containers: readonly CleanedContainers[];
  /** Why Docker could not be asked although a run may have left something in it; null: it was asked, or need not be. */
  readonly unreachable: string | null;
  /** Runs of which something may be left in Docker, and why. */
  readonly failed: readonly { readonly run: string; readonly why: string }[];
  /** Paths of broker data directories, which are large; the evidence of a run stays. */
  readonly removed: readonly string[];
  /** Directories of runs that something was ended, removed or may be left of: they were cut short. Absolute. */
  readonly cutShort: readonly string[];
  /** Paths of run directories beyond those to keep. */
  readonly old: readonly string[];
}

/**
 * Mends what crashes left below `root`, a folder of run directories (`.rollproof/runs`). Ends only processes that are
 * proven to be a run's own (pid, start time, boot and command line as journalled, or the run's random token in their
 * environment) and containers labelled so, touches no run whose harness still lives, and no directory that no harness made: other folders, and copies
 * of runs under other names, are nobody's leftovers. `keep`: how many of the newest run
 * directories stay; null: all of them. One that may have left something in Docker stays: its journal says what.
 */
export async function clean(root: string, keep: number | null, signal: AbortSignal): Promise<Cleaned> {
  const killed: Cleaned["killed"][number][] = [];
  const directories = runsBelow(root);
  for (const directory of directories) {
    const run = basename(directory);
    killed.push(...endReaper(run, directory));
    const clusters = readJournal(directory);
    if (hasLiveEnvironment(directory)) continue;
    for (const cluster of clusters) killed.push(...(await endAll(cluster)).map((ended) => ({ run, ...ended })));
  }
  const { removed: containers, left, ...docker } = await cleanContainers({ root, directories }, signal);
  const cutShort = new Set([
    ...killed.map(({ run }) => resolve(root, run)),
    ...containers.map(({ directory }) => directory),
    ...left,
  ]);
  const removed: string[] = [];
  for (const directory of directories) {
    // What is left may be a broker that still writes there.
    if (left.has(resolve(directory)) || !isDead(directory)) continue;
    const data = await removeData(directory);
    if (data.length > 0) cutShort.add(resolve(directory));
    removed.push(...data);
  }
  const old = keep === null ? [] : await removeOldRuns(root, keep, left);
  return { killed, containers, ...docker, removed, cutShort: [...cutShort], old };
}

/** A dead harness's reaper is still at work, or hangs: what it does is done here. */
function endReaper(run: string, directory: string): Cleaned["killed"] {
  const { harness, reaper } = readDockerJournal(directory) ?? { harness: null, reaper: null };
  if (harness === null || reaper === null || isAlive(harness) || !isAlive(reaper)) return [];
  return kill(reaper.pid) ? [{ run, pid: reaper.pid, commandLine: reaper.commandLine }] : [];
}

/** Whether a run had an environment, by its journals, and has none any more. */
function isDead(directory: string): boolean {
  const had = readDockerJournal(directory) !== null || readJournal(directory).length > 0;
  return had && !hasLiveEnvironment(directory);
}

/** Looks again after each round, until nothing is left: what is being ended may have started another process. */
async function endAll(
  cluster: JournalledCluster,
): Promise<readonly { readonly pid: number; readonly commandLine: string }[]> {
  const ended = new Map<number, string>();
  for (let round = 0; round < 100; round++) {
    const left = leftovers(cluster);
    if (left.size === 0) break;
    for (const pid of left) {
      const commandLine = commandLineOf(pid);
      if (kill(pid) && !ended.has(pid)) ended.set(pid, commandLine);
    }
    await sleep(20);
  }
  return Array.from(ended, ([pid, commandLine]) => ({ pid, commandLine }));
}

function leftovers(cluster: JournalledCluster): ReadonlySet<number> {
  const journalled = [cluster.supervisor, ...cluster.children.map((child) => child.proof)];
  return new Set([
    ...journalled.filter((proof) => proof !== null && isAlive(proof)).flatMap((proof) => proof?.pid ?? []),
    ...pidsWithVariable(tokenVariable, cluster.token),
  ]);
}

function kill(pid: number): boolean {
  if (statOf(pid) === null) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false; // ended in between
  }
}

async function removeData(directory: string): Promise<readonly string[]> {
  const brokers = join(directory, "brokers");
  const found = foldersIn(brokers)
    .map((broker) => join(broker, "data"))
    .filter(isOwnDirectory);
  for (const path of found) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  return found;
}

/** The folders in a folder; none where it, or one of them, is a link: what that leads to is not the run's. */
function foldersIn(directory: string): readonly string[] {
  if (!isOwnDirectory(directory)) return [];
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .filter(isOwnDirectory);
}
