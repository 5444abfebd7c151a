import { basename, isAbsolute, relative, resolve, sep } from "node:path";
import { RollproofError } from "../base/errors.ts";
import { findDaemon, type Daemon } from "./docker/daemon/daemon.ts";
import { noteDockerDisposed, readDockerJournal } from "./docker/cleaning/journal.ts";
import { labelledRuns, removeLateLeftovers, type LabelledRun, type Removed } from "./docker/cleaning/leftovers.ts";
import { isAlive, statOf } from "./proc.ts";

/** What was removed of one run. */
export interface CleanedContainers extends Removed {
  readonly run: string;
  /** The run's, absolute. */
  readonly directory: string;
}

/** What became of what dead harnesses left in Docker. */
export interface DeadContainers {
  readonly removed: readonly CleanedContainers[];
  /** Runs of which something may be left, and why. */
  readonly failed: readonly { readonly run: string; readonly why: string }[];
  /** Why there was no looking, where a journal says that there may be something; null: there was, or need not be. */
  readonly unreachable: string | null;
  /** The directories of runs of which something may be left. */
  readonly left: ReadonlySet<string>;
}

/** What is asked of Docker. */
export interface DockerHere {
  daemon(signal: AbortSignal): Promise<Daemon>;
  labelledRuns(): Promise<readonly LabelledRun[]>;
  removeLeftovers(run: string, signal: AbortSignal): Promise<Removed>;
}

const dockerHere: DockerHere = {
  daemon: (signal) => findDaemon(signal),
  labelledRuns,
  removeLeftovers: removeLateLeftovers,
};

/**
 * Removes what dead harnesses left in Docker: of the run directories given, as their journals say, and of runs whose labels name
 * a directory below `root`. One run that cannot be removed does not keep the others. Rejects with the signal's reason.
 */
export async function cleanContainers(
  { root, directories }: { readonly root: string; readonly directories: readonly string[] },
  signal: AbortSignal,
  docker: DockerHere = dockerHere,
): Promise<DeadContainers> {
  const dead = new Map(directories.flatMap(deadRunOf));
  const labelled = await askLabels(docker, signal);
  if (typeof labelled === "string")
    return { removed: [], failed: [], unreachable: dead.size === 0 ? null : labelled, left: new Set(dead.values()) };
  for (const one of labelled)
    if (one.directory !== null && isDeadBelow(root, one)) dead.set(one.run, resolve(one.directory));
  // At once: each waits for what comes late.
  const ends = await Promise.all([...dead].map(async (one) => await clear(docker, one, signal)));
  const removed = ends.flatMap((end) => ("why" in end ? [] : [end]));
  const failed = ends.flatMap((end) => ("why" in end ? [end] : []));
  const isSome = (one: Removed): boolean => one.containers.length + one.volumes.length + one.networks.length > 0;
  return {
    removed: removed.filter(isSome),
    failed: failed.map(({ run, why }) => ({ run, why })),
    unreachable: null,
    left: new Set(failed.map(({ directory }) => directory)),
  };
}

/** Removes what one run has in Docker, and notes that in its journal; `why`: what kept it from that. */
async function clear(
  docker: DockerHere,
  [run, directory]: readonly [string, string],
  signal: AbortSignal,
): Promise<CleanedContainers | { readonly run: string; readonly directory: string; readonly why: string }> {
  try {
    const removed = await docker.removeLeftovers(run, signal);
    if (readDockerJournal(directory)?.run === run) noteDockerDisposed(directory);
    return { run, directory, ...removed };
  } catch (error) {
    signal.throwIfAborted();
    return { run, directory, why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The run that a directory's journal says may have something in Docker although its harness is dead, and the directory. A journal
 * that names another run than its directory may be a copy, or made to remove a living run's containers: it says nothing.
 */
function deadRunOf(directory: string): readonly (readonly [string, string])[] {
  const noted = readDockerJournal(directory);
  if (noted === null || noted.run !== basename(resolve(directory))) return [];
  return noted.disposed || isAlive(noted.harness) ? [] : [[noted.run, resolve(directory)]];
}

/** The runs that labels tell of; a text: why Docker cannot be asked. */
async function askLabels(docker: DockerHere, signal: AbortSignal): Promise<readonly LabelledRun[] | string> {
  const daemon = await docker.daemon(signal);
  if (!daemon.answers) return daemon.why;
  try {
    return await docker.labelledRuns();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RollproofError && error.code === "environment-unavailable") return error.message;
    throw error;
  }
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
