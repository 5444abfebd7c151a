import { isAbsolute, relative, resolve, sep } from "node:path";
import { findDaemon } from "./docker/daemon.ts";
import { readDockerJournal } from "./docker/journal.ts";
import { labelledRuns, removeLeftovers, type LabelledRun, type Removed } from "./docker/leftovers.ts";
import { isAlive, statOf } from "./proc.ts";

/** What was removed of one run. */
export interface CleanedContainers extends Removed {
  readonly run: string;
}

/**
 * Removes what dead harnesses left in Docker: of the run directories given, as their journals say, and of runs whose labels name
 * a directory below `root`. `unreachable`: why there was no looking, where a journal says that there may be something.
 */
export async function cleanContainers(
  root: string,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly removed: readonly CleanedContainers[]; readonly unreachable: string | null }> {
  const journalled = directories.flatMap((directory) => {
    const noted = readDockerJournal(directory);
    return noted === null || noted.disposed || isAlive(noted.harness) ? [] : [noted.run];
  });
  const daemon = await findDaemon(signal);
  if (!daemon.answers) return { removed: [], unreachable: journalled.length === 0 ? null : daemon.why };
  const labelled = (await labelledRuns()).filter((one) => isDeadBelow(root, one)).map(({ run }) => run);
  const removed: CleanedContainers[] = [];
  for (const run of new Set([...journalled, ...labelled]))
    removed.push({ run, ...(await removeLeftovers(run, signal)) });
  return {
    removed: removed.filter(
      ({ containers, volumes, networks }) => containers.length + volumes.length + networks.length > 0,
    ),
    unreachable: null,
  };
}

/** Whether labels tell of a run below the root whose harness is dead: as its journal says or, without one, by its pid. */
export function isDeadBelow(root: string, { run, directory, harnessPid }: LabelledRun): boolean {
  if (directory === null || !isBelow(root, directory)) return false;
  const noted = readDockerJournal(directory);
  if (noted !== null && noted.run === run) return !isAlive(noted.harness);
  return harnessPid !== null && statOf(harnessPid) === null;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(resolve(root), resolve(path));
  return isAbsolute(path) && way !== "" && way !== ".." && !way.startsWith(`..${sep}`);
}
