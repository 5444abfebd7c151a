import { rm } from "node:fs/promises";
import { RollproofError } from "../../base/errors.ts";
import type { BrokerId, MemberId } from "../../model/brand.ts";
import type {
  BrokerStart,
  Capability,
  Environment,
  EnvironmentSpec,
  Link,
  MemberLaunch,
  Process,
} from "../../model/environment.ts";
import { brokerFiles } from "../cluster/broker-files.ts";
import { logTail } from "../output/log-tail.ts";
import { everywhere } from "../cluster/capabilities.ts";
import { known, refuseIfAlive, unknownId } from "../cluster/known.ts";
import { launchBroker } from "./broker.ts";
import { refuseIfTooOld } from "../cluster/broker-versions.ts";
import type { FeatureLevels } from "../../model/kafka-features.ts";
import { kafkaText } from "../../model/kafka-version.ts";
import { Incarnation } from "./incarnation.ts";
import type { Layout, NodePorts } from "../cluster/layout.ts";
import { memberCommand } from "../member/command.ts";
import { prepareMember } from "../member/folder.ts";
import { ProxyLink } from "../cluster/proxy-link.ts";
import type { Proxies } from "../cluster/proxies.ts";
import { watchProxyServer, type ProxyServer } from "../cluster/proxy-watch.ts";
import { untilServing } from "../cluster/serving.ts";
import { installKafka } from "./install-kafka.ts";
import { memberOutput } from "../output/limits.ts";
import type { StartRequest } from "./messages.ts";
import { NotStarted, surroundings, type Supervised, type Supervision } from "./supervised.ts";
import { repository } from "../repository.ts";

const brokerRestartTimeoutMs = 60_000;

export const capabilities: ReadonlySet<Capability> = new Set(everywhere);

/** What start.ts has brought up. */
export interface Started {
  readonly reason: string;
  readonly runDirectory: string;
  /** Levels that the brokers' storage was formatted with. */
  readonly features: FeatureLevels;
  readonly layout: Layout;
  readonly supervision: Supervision;
  readonly proxies: Proxies;
  /** The brokers' first processes, in the layout's order. */
  readonly brokers: readonly Supervised[];
  readonly proxyServer: ProxyServer;
  readonly lost: EnvironmentSpec["lost"];
}

/** Brokers as JVM children, one toxiproxy server, members as children: all on 127.0.0.1. */
export class ProcessEnvironment implements Environment {
  readonly kind = "process";
  readonly capabilities = capabilities;
  readonly kafka: string;
  readonly features: FeatureLevels;
  readonly reason: string;
  readonly directBootstrap: readonly string[];
  readonly brokers: readonly BrokerId[];
  readonly memberSlots: readonly MemberId[];
  readonly serverPids: readonly number[];
  readonly #started: Started;
  readonly #brokers = new Map<BrokerId, Incarnation>();
  readonly #members = new Map<MemberId, Incarnation>();
  readonly #links = new Map<string, ProxyLink>();
  readonly #over = new AbortController();
  #disposed: Promise<void> | null = null;

  constructor(started: Started) {
    const { nodes } = started.layout;
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
        this.#links.set(`${ports.slot} ${node.id}`, new ProxyLink(started.proxies, node.id, ports));
    for (const [i, supervised] of started.brokers.entries()) {
      const node = nodes[i];
      if (node !== undefined)
        this.#brokers.set(
          node.id,
          this.#brokerIncarnation(node, { supervised, incarnation: 1, version: node.version }),
        );
    }
    void watchProxyServer(started.proxyServer, started.lost, this.#over.signal);
  }

  broker(id: BrokerId): Process {
    return known(this.#brokers.get(id), id);
  }

  async startBroker(id: BrokerId, how: BrokerStart, signal: AbortSignal): Promise<Process> {
    const last = known(this.#brokers.get(id), id);
    const node = known(
      this.#started.layout.nodes.find((each) => each.id === id),
      id,
    );
    await refuseIfAlive(last);
    const version = how.version ?? last.version ?? node.version;
    refuseIfTooOld(version, this.#started.layout.nodes);
    await installKafka([version], signal);
    const files = brokerFiles(this.#started.runDirectory, id);
    const supervised = await launchBroker(this.#started.supervision, { node, files, version }, signal);
    const next = this.#brokerIncarnation(node, { supervised, incarnation: last.incarnation + 1, version });
    this.#brokers.set(id, next);
    await untilServing({
      node,
      peers: [node.nodeId],
      ended: supervised.ended,
      timeoutMs: brokerRestartTimeoutMs,
      signal: AbortSignal.any([signal, this.#over.signal]),
      logTail: () => logTail(files.log),
    });
    return next;
  }

  async startMember(slot: MemberId, launch: MemberLaunch, disk: "keep" | "fresh"): Promise<Process> {
    if (!this.memberSlots.includes(slot)) throw unknownId(slot, this.memberSlots);
    const last = this.#members.get(slot);
    if (last !== undefined) await refuseIfAlive(last);
    const incarnation = (last?.incarnation ?? 0) + 1;
    const { dataDirectory, log } = await prepareMember(this.#started.runDirectory, { slot, incarnation, disk });
    const bootstrap = this.brokers.map((broker) => this.link(slot, broker).address);
    const command = memberCommand(launch, {
      slot,
      incarnation,
      bootstrap,
      dataDirectory,
      control: { host: "127.0.0.1", port: 0 },
      node: process.execPath, // whatever PATH says
    });
    const env = { ...surroundings(), ...command.env };
    const supervised = await startProgram(
      this.#started.supervision,
      { role: slot, argv: command.argv, env, cwd: repository, log, limits: memberOutput, forward: true },
      this.#over.signal,
    );
    const member = this.#incarnation({
      id: slot,
      incarnation,
      version: launch.version,
      supervised,
      dataDirectory,
      log,
    });
    this.#members.set(slot, member);
    return member;
  }

  link(from: MemberId, to: BrokerId): Link {
    return known(this.#links.get(`${from} ${to}`), `${from} to ${to}`);
  }

  /** Members first, then everything else by SIGKILL: a combined cluster that is asked politely can hang (no quorum is left). */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#over.abort(
      new RollproofError("interrupted", "The environment has been taken down.", { remedy: "Start another one." }),
    );
    const patience = AbortSignal.timeout(15_000);
    await Promise.allSettled([...this.#members.values()].map((member) => member.do("crash", patience)));
    await this.#started.supervision[Symbol.asyncDispose]();
    await Promise.allSettled(
      this.brokers.map((id) =>
        rm(brokerFiles(this.#started.runDirectory, id).data, { recursive: true, force: true, maxRetries: 3 }),
      ),
    );
  }

  #brokerIncarnation(
    node: NodePorts,
    life: { readonly supervised: Supervised; readonly incarnation: number; readonly version: string },
  ): Incarnation {
    const { data, log } = brokerFiles(this.#started.runDirectory, node.id);
    return this.#incarnation({ ...life, id: node.id, dataDirectory: data, log });
  }

  #incarnation(life: Omit<ConstructorParameters<typeof Incarnation>[0], "supervision" | "signal">): Incarnation {
    return new Incarnation({ ...life, supervision: this.#started.supervision, signal: this.#over.signal });
  }
}

/** A member's program that is not there, or cannot be run, is the pipeline's fault and not the environment's. */
async function startProgram(supervision: Supervision, wanted: StartRequest, signal: AbortSignal): Promise<Supervised> {
  try {
    return await supervision.start(wanted, signal);
  } catch (cause) {
    if (!(cause instanceof NotStarted) || !cause.isProgram) throw cause;
    throw new RollproofError("member-failed", cause.message, {
      remedy: `Check launch.argv in the pipeline's description: ${JSON.stringify(wanted.argv[0] ?? "")} is looked for in PATH, or is a path.`,
      cause,
    });
  }
}
