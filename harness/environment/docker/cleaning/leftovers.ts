import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../base/deadline.ts";
import { labels } from "../containers/labels.ts";
import { connectEngine, type Engine } from "../daemon/engine.ts";

/** What was removed, by name (volumes, containers, networks). */
export interface Removed {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

/** A run that labels tell of; null where they do not say. */
export interface LabelledRun {
  readonly run: string;
  readonly directory: string | null;
  readonly harnessPid: number | null;
}

type Dockerode = Engine["container"]["dockerode"];
type Sort = keyof Removed;
const timeoutMs = 15_000;
const quietMs = 2_000;
const lateEveryMs = 250;

/**
 * Removes every container (by force, with its volumes), volume and network whose label is exactly `rollproof.run=<runId>`, and
 * nothing else. Throws `environment-unavailable` without a daemon, `deadline-passed` when something is still there after 15 s.
 */
export async function removeLeftovers(runId: string, signal: AbortSignal): Promise<Removed> {
  const { dockerode } = (await connectEngine()).container;
  const removed = {
    containers: new Set<string>(),
    volumes: new Set<string>(),
    networks: new Set<string>(),
  };
  const remedy = `See what holds it: docker ps --all --filter label=${labels.run}=${runId}, and the daemon's log.`;
  await until({ what: `the containers of run ${runId} to go`, timeoutMs, everyMs: 200, signal, remedy }, async () => {
    // A network with a container in it, or a volume that one has, cannot go: containers first.
    const containers = await containersOf(dockerode, runId);
    await each("containers", containers);
    const [volumes, networks] = await Promise.all([volumesOf(dockerode, runId), networksOf(dockerode, runId)]);
    await Promise.all([each("volumes", volumes), each("networks", networks)]);
    const left = await Promise.all([containersOf, volumesOf, networksOf].map((found) => found(dockerode, runId)));
    return left.every((found) => found.length === 0) ? true : undefined;
  });
  return {
    containers: [...removed.containers],
    volumes: [...removed.volumes],
    networks: [...removed.networks],
  };

  async function each(sort: Sort, found: readonly Leftover[]): Promise<void> {
    await Promise.all(
      found.map(async (one) => {
        const isDone = await one.remove().then(
          () => true,
          // Already going, or still held: the next round sees which.
          () => false,
        );
        if (isDone) removed[sort].add(one.name);
      }),
    );
  }
}

/**
 * The same, again and again until nothing new has come for two seconds: the daemon may still be carrying out what a harness asked
 * for when it was killed. `told` hears what went in each round.
 */
export async function removeLateLeftovers(
  runId: string,
  signal: AbortSignal,
  told: (names: readonly string[]) => void = () => undefined,
): Promise<Removed> {
  const rounds: Removed[] = [];
  let last = performance.now();
  do {
    if (rounds.length > 0) await sleep(lateEveryMs, undefined, { signal });
    const round = await removeLeftovers(runId, signal);
    rounds.push(round);
    const names = [...round.containers, ...round.volumes, ...round.networks];
    if (names.length === 0) continue;
    told(names);
    last = performance.now();
  } while (performance.now() - last < quietMs);
  return {
    containers: rounds.flatMap(({ containers }) => containers),
    volumes: rounds.flatMap(({ volumes }) => volumes),
    networks: rounds.flatMap(({ networks }) => networks),
  };
}

/** The runs that any container, volume or network here tells of, by its labels. */
export async function labelledRuns(): Promise<readonly LabelledRun[]> {
  const { dockerode } = (await connectEngine()).container;
  const filters = { label: [labels.run] };
  const [containers, { Volumes: volumes }, networks] = await Promise.all([
    dockerode.listContainers({ all: true, filters }),
    dockerode.listVolumes({ filters }),
    dockerode.listNetworks({ filters }),
  ]);
  const found = new Map<string, LabelledRun>();
  for (const { Labels } of [...containers, ...volumes, ...networks]) {
    const { [labels.run]: run, [labels.directory]: directory, [labels.harness]: harness } = Labels ?? {};
    if (run !== undefined && !found.has(run))
      found.set(run, {
        run,
        directory: directory ?? null,
        harnessPid: /^[1-9]\d{0,9}$/.test(harness ?? "") ? Number(harness) : null,
      });
  }
  return [...found.values()];
}

interface Leftover {
  readonly name: string;
  remove(): Promise<unknown>;
}

// The daemon's label filter matches `key=value` whole (docs.docker.com/reference/api/engine, ContainerList); looked at again
// all the same, since what is removed is gone.
async function containersOf(dockerode: Dockerode, run: string): Promise<readonly Leftover[]> {
  const found = await dockerode.listContainers({ all: true, filters: ofRun(run) });
  return found
    .filter((one) => one.Labels[labels.run] === run)
    .map((one) => ({
      name: (one.Names[0] ?? one.Id).replace(/^\//, ""),
      remove: () => dockerode.getContainer(one.Id).remove({ force: true, v: true }),
    }));
}

async function volumesOf(dockerode: Dockerode, run: string): Promise<readonly Leftover[]> {
  const { Volumes } = await dockerode.listVolumes({ filters: ofRun(run) });
  return Volumes.filter((one) => one.Labels[labels.run] === run).map(({ Name }) => ({
    name: Name,
    remove: () => dockerode.getVolume(Name).remove(),
  }));
}

async function networksOf(dockerode: Dockerode, run: string): Promise<readonly Leftover[]> {
  const found = await dockerode.listNetworks({ filters: ofRun(run) });
  return found
    .filter((one) => one.Labels?.[labels.run] === run)
    .map(({ Id, Name }) => ({ name: Name, remove: () => dockerode.getNetwork(Id).remove() }));
}

function ofRun(run: string): { readonly label: string[] } {
  return { label: [`${labels.run}=${run}`] };
}
