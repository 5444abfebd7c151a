import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectEngine, type Engine } from "../daemon/engine.ts";
import { labelledRuns, removeLateLeftovers, removeLeftovers } from "./leftovers.ts";
import { labels } from "../containers/labels.ts";
import { dockerTests } from "../daemon/required.fixture.ts";

const docker = await dockerTests();

describe.skipIf(!docker.run)("what a dead run left in Docker", () => {
  const unique = randomBytes(4).toString("hex");
  const run = `leftovers-${unique}`;
  /** Three runs' names that must not be taken for one another, and one thing that is no run's. */
  const owners = { ours: run, another: `${run}-2`, nobody: null };
  /** Nothing but a network is left of the one, nothing but a volume of the other. */
  const alone = { network: `${run}-network`, volume: `${run}-volume` };
  let engine: Engine;

  beforeAll(async () => {
    engine = await connectEngine();
    for (const [owner, label] of Object.entries(owners)) await make(owner, label);
    const { dockerode } = engine.container;
    await dockerode.createNetwork({ Name: nameOf("network"), Labels: labelsOf(alone.network) });
    await dockerode.createVolume({ Name: nameOf("volume"), Labels: labelsOf(alone.volume) });
  });

  afterAll(async () => {
    const { dockerode } = engine.container;
    for (const owner of [...Object.keys(owners), ...Object.keys(alone), "late-volume", "late-network"]) {
      await dockerode
        .getContainer(nameOf(owner))
        .remove({ force: true, v: true })
        .catch(() => undefined);
      await dockerode
        .getVolume(nameOf(owner))
        .remove()
        .catch(() => undefined);
      await dockerode
        .getNetwork(nameOf(owner))
        .remove()
        .catch(() => undefined);
    }
  });

  test("labels of containers, volumes and networks tell of the run, its directory and its harness", async () => {
    expect((await labelledRuns()).filter((one) => one.run.startsWith(run)).toSorted(byRun)).toEqual([
      { run, directory: "/nowhere/run", harnessPid: 4_194_303 },
      { run: `${run}-2`, directory: "/nowhere/run", harnessPid: 4_194_303 },
      { run: alone.network, directory: "/nowhere/run", harnessPid: 4_194_303 },
      { run: alone.volume, directory: "/nowhere/run", harnessPid: 4_194_303 },
    ]);
  });

  test("a run's container, volume and network go; those of others stay", async () => {
    const never = new AbortController().signal;
    const name = nameOf("ours");
    expect(await removeLeftovers(run, never)).toEqual({ containers: [name], volumes: [name], networks: [name] });
    expect(await left()).toEqual({
      containers: [nameOf("another"), nameOf("nobody")],
      volumes: [nameOf("another"), nameOf("nobody"), nameOf("volume")],
      networks: [nameOf("another"), nameOf("network"), nameOf("nobody")],
    });
    expect(await removeLeftovers(run, never)).toEqual({ containers: [], volumes: [], networks: [] });
  });

  test("what the daemon makes late goes, too", async () => {
    const { dockerode } = engine.container;
    const late = `${run}-late`;
    const Labels = labelsOf(late);
    await dockerode.createVolume({ Name: nameOf("late-volume"), Labels });
    const rounds: (readonly string[])[] = [];
    const removing = removeLateLeftovers(late, AbortSignal.timeout(30_000), (names) => rounds.push(names));
    await expect.poll(() => rounds.length, { timeout: 10_000 }).toBe(1);
    await dockerode.createNetwork({ Name: nameOf("late-network"), Labels });
    const name = (one: string): readonly string[] => [nameOf(one)];
    expect(await removing).toEqual({ containers: [], volumes: name("late-volume"), networks: name("late-network") });
    expect(rounds).toEqual([name("late-volume"), name("late-network")]);
  });

  function nameOf(owner: string): string {
    return `rollproof-${unique}-${owner}`;
  }

  /** A container that is never started, with a volume and a network. */
  async function make(owner: string, label: string | null): Promise<void> {
    const { dockerode } = engine.container;
    const name = nameOf(owner);
    const Labels = label === null ? {} : labelsOf(label);
    await dockerode.createNetwork({ Name: name, Labels });
    await dockerode.createVolume({ Name: name, Labels });
    await dockerode.createContainer({
      name,
      Image: "node:24-slim",
      Labels,
      HostConfig: { NetworkMode: name, Binds: [`${name}:/data`] },
    });
  }

  async function left(): Promise<unknown> {
    const { dockerode } = engine.container;
    const containers = await dockerode.listContainers({ all: true });
    const { Volumes } = await dockerode.listVolumes();
    const networks = await dockerode.listNetworks();
    const ours = (names: readonly string[]) => names.filter((name) => name.startsWith(nameOf(""))).toSorted();
    return {
      containers: ours(containers.flatMap(({ Names }) => Names.map((name) => name.slice(1)))),
      volumes: ours(Volumes.map(({ Name }) => Name)),
      networks: ours(networks.map(({ Name }) => Name)),
    };
  }
});

function labelsOf(run: string): Record<string, string> {
  return { [labels.run]: run, [labels.directory]: "/nowhere/run", [labels.harness]: "4194303" };
}

function byRun(a: { readonly run: string }, b: { readonly run: string }): number {
  return a.run.localeCompare(b.run);
}
