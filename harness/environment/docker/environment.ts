import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RollproofError } from "../../base/errors.ts";
import type { BrokerId, MemberId } from "../../model/brand.ts";
import type {
  BrokerStart,
  Environment,
  EnvironmentSpec,
  Link,
  MemberLaunch,
  Process,
} from "../../model/environment.ts";
import type { FeatureLevels } from "../../model/kafka-features.ts";
import { kafkaText } from "../../model/kafka-version.ts";
import { brokerFiles } from "../cluster/broker-files.ts";
import { logTail } from "../output/log-tail.ts";
import { known, refuseIfAlive, unknownId } from "../cluster/known.ts";
import { refuseIfTooOld } from "../cluster/broker-versions.ts";
import { proxyName } from "../cluster/layout.ts";
import { watchProxyServer } from "../cluster/proxy-watch.ts";
import { untilServing } from "../cluster/serving.ts";
import { memberOutput } from "../output/limits.ts";
import { memberCommand } from "../member/command.ts";
import { prepareMember } from "../member/folder.ts";
import { launchBroker } from "./broker.ts";
import { capabilities } from "./capabilities.ts";
import { startContainer, type ContainerSpec } from "./containers/container.ts";
import type { RunPlace } from "./containers/run-place.ts";
import type { ContainerHandle } from "./daemon/engine.ts";
import { FilteredLink } from "./networks/filtered-link.ts";
import { DaemonLost } from "./daemon/lost.ts";
import { ContainerIncarnation } from "./containers/incarnation.ts";
import { obtainImage } from "./images/obtain-image.ts";
import { ownClock } from "./injuries/skew-clock.ts";
import { repository } from "../repository.ts";
import type { Started } from "./standing.ts";
import { atFreePort } from "./networks/taken-port.ts";

const brokerRestartTimeoutMs = 60_000;

/** Brokers, toxiproxy and members as containers on a network of the run's own. */
export class DockerEnvironment implements Environment {
  readonly kind = "docker";
  readonly capabilities = capabilities;
  readonly reason: string;
  readonly kafka: string;
  readonly features: FeatureLevels;
  readonly directBootstrap: readonly string[];
  readonly brokers: readonly BrokerId[];
  readonly memberSlots: readonly MemberId[];
  readonly serverPids: readonly number[];
  readonly #spec: EnvironmentSpec;
  readonly #started: Started;
  readonly #brokers = new Map<string, ContainerIncarnation>();
  readonly #members = new Map<string, ContainerIncarnation>();
  readonly #links = new Map<string, FilteredLink>();
  readonly #over = new AbortController();
  #disposed: Promise<void> | null = null;

  constructor(spec: EnvironmentSpec, started: Started) {
    const { nodes } = started.layout;
    this.#spec = spec;
    this.#started = started;
    this.reason = started.reason;
    this.kafka = kafkaText(nodes.map(({ version }) => version));
    this.features = started.features;
    this.brokers = nodes.map((node) => node.id);
    this.memberSlots = nodes[0]?.slots.map((ports) => ports.slot) ?? [];
    this.serverPids = [started.proxyServer.pid];
    this.directBootstrap = nodes.map((node) => `127.0.0.1:${node.direct}`);
    for (const node of nodes)
      for (const ports of node.slots)
        this.#links.set(proxyName(ports.slot, node.id), new FilteredLink(started.linkParts, node.id, ports));
    for (const broker of started.brokers) this.#brokers.set(broker.id, broker);
    void watchProxyServer(started.proxyServer, spec.lost, this.#over.signal);
  }

  broker(id: BrokerId): Process {
    return known(this.#brokers.get(id), id);
  }

  async startBroker(id: BrokerId, { version }: BrokerStart, signal: AbortSignal): Promise<Process> {
    const { layout, place, names } = this.#started;
    const last = known(this.#brokers.get(id), id);
    const node = known(
      layout.nodes.find((each) => each.id === id),
      id,
    );
    await refuseIfAlive(last);
    const next = version ?? last.version ?? node.version;
    refuseIfTooOld(next, layout.nodes);
    await obtainImage(place.engine, names.kafka(next), signal);
    const incarnation = last.incarnation + 1;
    const broker = await launchBroker(this.#started, { node, version: next, incarnation, signal: this.#over.signal });
    this.#brokers.set(id, broker);
    const { log } = brokerFiles(this.#spec.runDirectory, id);
    await untilServing({
      node,
      peers: [node.nodeId],
      image: names.kafka(next),
      ended: broker.ended,
      timeoutMs: brokerRestartTimeoutMs,
      signal: AbortSignal.any([signal, this.#over.signal]),
      logTail: () => logTail(log),
    });
    return broker;
  }

  async startMember(slot: MemberId, launch: MemberLaunch, disk: "keep" | "fresh"): Promise<Process> {
    const { layout, place, network, names, memberAddress, diskOf } = this.#started;
    const index = this.memberSlots.indexOf(slot);
    if (index === -1) throw unknownId(slot, this.memberSlots);
    const last = this.#members.get(slot);
    if (last !== undefined) await refuseIfAlive(last);
    const incarnation = (last?.incarnation ?? 0) + 1;
    const { folder, dataDirectory, log } = await prepareMember(this.#spec.runDirectory, { slot, incarnation, disk });
    const dataDisk = diskOf(slot, dataDirectory);
    if (disk === "fresh") await dataDisk.mirror();
    const bootstrap = layout.nodes.flatMap(({ slots }) =>
      slots.filter((ports) => ports.slot === slot).map((ports) => `${layout.hosts.proxy}:${ports.proxy}`),
    );
    const image = names.member(launch.image);
    await obtainImage(place.engine, image, this.#over.signal);
    const clock = this.#spec.skewableClocks === true ? await ownClock(join(folder, "clock")) : null;
    const container = await atFreePort(async (control) => {
      const { argv, env, caches } = memberCommand(launch, {
        slot,
        incarnation,
        bootstrap,
        dataDirectory,
        control: { host: "0.0.0.0", port: control },
        node: "node",
      });
      for (const cache of caches) await mkdir(cache, { recursive: true });
      return await startProgram(place, {
        role: slot,
        incarnation,
        image,
        argv,
        env: { ...env, ...clock?.env },
        workingDirectory: repository,
        network: { of: network, address: memberAddress(index) },
        reads: [...launch.mounts, ...(clock === null ? [] : [clock.folder])],
        writes: [dataDisk.mount, ...caches],
        ports: [control],
        capabilities: [],
      });
    });
    const member = await this.#started.incarnationOf({
      id: slot,
      incarnation,
      version: launch.version,
      image,
      container,
      disk: dataDisk,
      log,
      limits: memberOutput,
      signal: this.#over.signal,
      ...(clock === null ? {} : { clockFile: clock.file }),
    });
    this.#members.set(slot, member);
    return member;
  }

  link(from: MemberId, to: BrokerId): Link {
    const name = proxyName(from, to);
    return known(this.#links.get(name), name);
  }

  /** All by SIGKILL at once: a combined cluster that is asked politely can hang (no quorum is left). */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#over.abort(
      new RollproofError("interrupted", "The environment has been taken down.", { remedy: "Start another one." }),
    );
    try {
      await this.#started.takeDown();
    } catch (cause) {
      if (cause instanceof DaemonLost) this.#spec.lost?.(cause); // it explains whatever else went wrong
      throw cause;
    }
    await Promise.allSettled(
      this.brokers.map((id) =>
        rm(brokerFiles(this.#spec.runDirectory, id).data, { recursive: true, force: true, maxRetries: 3 }),
      ),
    );
  }
}

/** What the daemon says where the image has no such program, or cannot run it. */
const programFault =
  /executable file not found|no such file or directory|permission denied|exec format error|is a directory/i;

/** As `startContainer`; a program that the image does not have is the pipeline's fault and not the environment's. */
async function startProgram(place: RunPlace, spec: ContainerSpec): Promise<ContainerHandle> {
  try {
    return await startContainer(place, spec);
  } catch (cause) {
    if (!(cause instanceof RollproofError) || cause instanceof DaemonLost || !programFault.test(cause.message))
      throw cause;
    const program = JSON.stringify(spec.argv[0] ?? "");
    throw new RollproofError("member-failed", cause.message, {
      remedy: `Check the image ${spec.image}: it has to have the program ${program} of the pipeline's launch.argv.`,
      cause,
    });
  }
}
