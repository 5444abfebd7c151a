import { existsSync, readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isHarnessAlive } from "./harness-note.ts";
import { isAlive } from "./proc.ts";
import { readDockerJournal } from "./docker/journal.ts";
import { processJournal, readJournal } from "./process/journal.ts";

/**
 * Removes the oldest run directories directly below `root` beyond the newest `keep`; never one whose harness lives, and none of
 * `held`, absolute paths.
 */
export async function removeOldRuns(root: string, keep: number, held: ReadonlySet<string>): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const directory of runsBelow(root).slice(keep)) {
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
    readJournal(processJournal(directory)).some(
      ({ disposed, harness }) => !disposed && harness !== null && isAlive(harness),
    )
  );
}

/** Folders that are runs (they have a plan or a history), newest first. */
function runsBelow(root: string): readonly string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(root, name))
    .filter((path) => existsSync(join(path, "plan.json")) || existsSync(join(path, "history")))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.at - a.at || (a.path < b.path ? 1 : -1))
    .map(({ path }) => path);
}
