import { readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isHarnessAlive, isRunDirectory } from "./harness-note.ts";
import { isAlive } from "./proc.ts";
import { readDockerJournal } from "./docker/cleaning/journal.ts";
import { readJournal } from "./process/journal.ts";

/**
 * Removes the oldest run directories directly below `root` beyond the newest `keep`; never one whose harness lives, and none of
 * `held`, absolute paths.
 */
export async function removeOldRuns(root: string, keep: number, held: ReadonlySet<string>): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const directory of newestFirst(runsBelow(root)).slice(keep)) {
    if (held.has(resolve(directory)) || isHarnessAlive(directory) || hasLiveEnvironment(directory)) continue;
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    removed.push(directory);
  }
  return removed;
}

/** Whether a harness lives that, by a journal, has not taken its environment down. */
export function hasLiveEnvironment(directory: string): boolean {
  const docker = readDockerJournal(directory);
  return (
    (docker !== null && !docker.disposed && isAlive(docker.harness)) ||
    readJournal(directory).some(({ disposed, harness }) => !disposed && harness !== null && isAlive(harness))
  );
}

/** The run directories directly below `root`, in the order of their names; whatever else lies there is nobody's business. */
export function runsBelow(root: string): readonly string[] {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(root)
    .toSorted()
    .map((name) => join(root, name))
    .filter(isRunDirectory);
}

function newestFirst(directories: readonly string[]): readonly string[] {
  return directories
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.at - a.at || (a.path < b.path ? 1 : -1))
    .map(({ path }) => path);
}
