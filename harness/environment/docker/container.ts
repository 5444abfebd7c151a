import { GenericContainer, PullPolicy, Wait } from "testcontainers";
import { RollproofError } from "../../base/errors.ts";
import type { ContainerHandle, Engine } from "./engine.ts";
import { labels } from "./labels.ts";
import type { RunNetwork } from "./network.ts";

/** What every container of a run has in common. */
export interface RunPlace {
  readonly engine: Engine;
  readonly runId: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerSpec {
  /** `broker-1`, `member-2`, `toxiproxy`, `sidecar-…`: a label, and a part of the name. */
  readonly role: string;
  readonly incarnation: number;
  readonly image: string;
  /** The whole command; the image's own entry point is not used. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
  /** An address of its own on the run's network, or a container whose network name space it shares. */
  readonly network: { readonly of: RunNetwork; readonly address: string } | { readonly with: ContainerHandle };
  /** Host paths, seen at the same paths inside. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Port numbers, published at 127.0.0.1 under the same numbers. */
  readonly ports: readonly number[];
  readonly capabilities: readonly string[];
}

/**
 * Creates and starts a container. One that ends at once is started all the same: its end is the caller's to see. Throws
 * `environment-unavailable` with the daemon's words.
 */
export async function startContainer(place: RunPlace, spec: ContainerSpec): Promise<ContainerHandle> {
  const container = new RunContainer(place, spec);
  try {
    const started = await container.start();
    return place.engine.container.getById(started.getId());
  } catch (cause) {
    const ended = container.created === null ? null : place.engine.container.getById(container.created);
    if (ended !== null && (await hasRun(ended))) return ended;
    throw new RollproofError("environment-unavailable", `The container ${spec.role} did not start: ${String(cause)}`, {
      remedy: `Check the image ${spec.image} and the daemon's log; \`rollproof doctor\` names what is missing.`,
      cause,
    });
  }
}

async function hasRun(container: ContainerHandle): Promise<boolean> {
  try {
    const { State } = await container.inspect();
    return State.Status === "exited" && !State.Error;
  } catch {
    return false;
  }
}

/** The user that owns the run directory, so that nothing in it is written by another. */
function ownUser(): string | undefined {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return uid === undefined || gid === undefined ? undefined : `${uid}:${gid}`;
}

/** testcontainers' container with what its builder cannot say: an address, a host address of ports, another's name space. */
class RunContainer extends GenericContainer {
  /** Set as soon as the daemon knows it. */
  created: string | null = null;

  constructor(place: RunPlace, spec: ContainerSpec) {
    super(spec.image);
    const { network } = spec;
    this.withAutoCleanup(false) // the run's own journal and labels do it, without another image
      .withPullPolicy(PullPolicy.neverPull())
      .withWaitStrategy(Wait.forAll([]))
      .withName(`rollproof-${place.runId}-${spec.role}-${spec.incarnation}`)
      .withEntrypoint([...spec.argv])
      .withEnvironment({ ...spec.env })
      .withLabels({ ...place.labels, [labels.role]: spec.role })
      .withNetworkMode("with" in network ? `container:${network.with.id}` : network.of.name)
      .withAddedCapabilities(...spec.capabilities)
      .withBindMounts([
        ...spec.reads.map((path) => ({ source: path, target: path, mode: "ro" as const })),
        ...spec.writes.map((path) => ({ source: path, target: path, mode: "rw" as const })),
      ]);
    const user = spec.capabilities.length > 0 ? "0:0" : ownUser();
    this.createOpts = {
      ...this.createOpts,
      Cmd: [],
      ...(user === undefined ? {} : { User: user }),
      ...(spec.workingDirectory === null ? {} : { WorkingDir: spec.workingDirectory }),
      ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port}/tcp`, {}])),
      ...("with" in network
        ? {}
        : {
            NetworkingConfig: {
              EndpointsConfig: { [network.of.name]: { IPAMConfig: { IPv4Address: network.address } } },
            },
          }),
    };
    this.hostConfig = {
      ...this.hostConfig,
      PortBindings: Object.fromEntries(
        spec.ports.map((port) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: String(port) }]]),
      ),
    };
  }

  protected override containerCreated(containerId: string): Promise<void> {
    this.created = containerId;
    return Promise.resolve();
  }
}
