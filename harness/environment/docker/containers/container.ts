import { GenericContainer, PullPolicy, Wait } from "testcontainers";
import { printableLines } from "../../../base/did-you-mean.ts";
import { RollproofError } from "../../../base/errors.ts";
import type { ContainerHandle } from "../daemon/engine.ts";
import { labels } from "./labels.ts";
import { orLost } from "../daemon/lost.ts";
import type { RunNetwork } from "../networks/network.ts";
import type { RunPlace, VolumeMount } from "./run-place.ts";

export interface ContainerSpec {
  /** `broker-1`, `member-2`, `toxiproxy`, `sidecar-…`, `keeper`: a label, and a part of the name. */
  readonly role: string;
  readonly incarnation: number;
  readonly image: string;
  /** The whole command; the image's own entry point is not used. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
  /** An address of its own on the run's network, or a container whose network name space it shares, or nothing. */
  readonly network: { readonly of: RunNetwork; readonly address: string } | { readonly with: ContainerHandle } | "none";
  /** Host paths, seen at the same paths inside. */
  readonly reads: readonly string[];
  /** The same, or volumes. */
  readonly writes: readonly (string | VolumeMount)[];
  /** Port numbers, published at 127.0.0.1 under the same numbers. */
  readonly ports: readonly number[];
  readonly capabilities: readonly string[];
}

/**
 * Creates and starts a container. One that ends at once is started all the same: its end is the caller's to see. Throws
 * `environment-unavailable` with the daemon's words.
 */
export async function startContainer(place: RunPlace, spec: ContainerSpec): Promise<ContainerHandle> {
  return await orLost(start(place, spec));
}

async function start(place: RunPlace, spec: ContainerSpec): Promise<ContainerHandle> {
  const container = new RunContainer(place, spec);
  try {
    const started = await container.start();
    return place.engine.container.getById(started.getId());
  } catch (cause) {
    const ended = container.created === null ? null : place.engine.container.getById(container.created);
    if (ended !== null && (await hasRun(ended))) return ended;
    // Its name would be in the way of the next attempt.
    await ended?.remove({ force: true, v: true }).catch(() => undefined);
    throw new RollproofError(
      "environment-unavailable",
      `The container ${spec.role} (${spec.image}) did not start: ${printableLines(cause instanceof Error ? cause.message : String(cause))}`,
      {
        remedy: `Check the image ${spec.image} and the daemon's log; \`rollproof doctor\` names what is missing.`,
        cause,
      },
    );
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

/** What the daemon itself keeps of a container's output; it is read as it comes. */
const daemonLog = { Type: "json-file", Config: { "max-size": "64m", "max-file": "2" } };

/** The user that owns the run directory, so that nothing in it is written by another; null where users have no numbers. */
export function ownUser(): { readonly uid: number; readonly gid: number } | null {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

function userOf({ capabilities }: ContainerSpec): string | undefined {
  const user = capabilities.length > 0 ? { uid: 0, gid: 0 } : ownUser();
  return user === null ? undefined : `${user.uid}:${user.gid}`;
}

function networkModeOf({ network }: ContainerSpec): string {
  if (network === "none") return network;
  return "with" in network ? `container:${network.with.id}` : network.of.name;
}

/** The container's address on the run's network, where it has one. */
function endpointOf({ network }: ContainerSpec): object {
  if (network === "none" || "with" in network) return {};
  const endpoint = { IPAMConfig: { IPv4Address: network.address } };
  return { NetworkingConfig: { EndpointsConfig: { [network.of.name]: endpoint } } };
}

/** testcontainers' container with what its builder cannot say: an address, a host address of ports, another's name space. */
class RunContainer extends GenericContainer {
  /** Set as soon as the daemon knows it. */
  created: string | null = null;

  constructor(place: RunPlace, spec: ContainerSpec) {
    super(spec.image);
    this.withAutoCleanup(false) // the run's own journal and labels do it, without another image
      .withPullPolicy(PullPolicy.neverPull())
      .withWaitStrategy(Wait.forAll([]))
      .withName(`rollproof-${place.runId}-${spec.role}-${spec.incarnation}`)
      .withEntrypoint([...spec.argv])
      .withEnvironment({ ...spec.env })
      .withLabels({ ...place.labels, [labels.role]: spec.role })
      .withNetworkMode(networkModeOf(spec))
      .withAddedCapabilities(...spec.capabilities)
      .withBindMounts([
        ...spec.reads.map((path) => ({ source: path, target: path, mode: "ro" as const })),
        ...spec.writes.map((write) =>
          typeof write === "string"
            ? { source: write, target: write, mode: "rw" as const }
            : { source: write.volume, target: write.path, mode: "rw" as const },
        ),
      ]);
    const user = userOf(spec);
    this.createOpts = {
      ...this.createOpts,
      Cmd: [],
      ...(user === undefined ? {} : { User: user }),
      ...(spec.workingDirectory === null ? {} : { WorkingDir: spec.workingDirectory }),
      ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port}/tcp`, {}])),
      ...endpointOf(spec),
    };
    this.hostConfig = {
      ...this.hostConfig,
      LogConfig: daemonLog,
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
