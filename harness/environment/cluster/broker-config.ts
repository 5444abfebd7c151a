import { RollproofError } from "../../base/errors.ts";
import type { Layout, NodePorts } from "./layout.ts";

/** What the environment alone decides: where nodes listen and how they find each other. */
const ours = new Set([
  "process.roles",
  "node.id",
  "controller.quorum.voters",
  "controller.listener.names",
  "inter.broker.listener.name",
  "listeners",
  "advertised.listeners",
  "listener.security.protocol.map",
  "log.dirs",
]);

/** A node's server.properties. `extra` overrides everything but the settings above. */
export function brokerConfig(
  layout: Layout,
  node: NodePorts,
  dataDirectory: string,
  extra: Readonly<Record<string, string>>,
): string {
  const forbidden = Object.keys(extra).find((key) => ours.has(key) || key.startsWith("listener.name."));
  if (forbidden !== undefined)
    throw new RollproofError("usage", `The broker setting ${forbidden} cannot be given.`, {
      remedy: "Leave it out: the environment decides where brokers listen.",
    });
  const settings = { ...durability(layout.nodes.length), ...speed, ...extra, ...place(layout, node, dataDirectory) };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escaped(value)}\n`)
    .join("");
}

function place(layout: Layout, node: NodePorts, dataDirectory: string): Record<string, string> {
  const slots = node.slots.map((ports, i) => ({ name: `SLOT${i + 1}`, ...ports }));
  const { hosts } = layout;
  const listeners = [
    { name: "CONTROLLER", port: node.controller, advertised: null },
    { name: "INTERNAL", port: node.internal, advertised: `${hosts.broker(node.nodeId)}:${node.internal}` },
    { name: "DIRECT", port: node.direct, advertised: `127.0.0.1:${node.direct}` },
    ...slots.map((slot) => ({ name: slot.name, port: slot.listener, advertised: `${hosts.proxy}:${slot.proxy}` })),
  ];
  return {
    "process.roles": "broker,controller",
    "node.id": String(node.nodeId),
    "controller.quorum.voters": layout.nodes
      .map((n) => `${n.nodeId}@${hosts.broker(n.nodeId)}:${n.controller}`)
      .join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "INTERNAL",
    listeners: listeners.map((l) => `${l.name}://${hosts.bind}:${l.port}`).join(","),
    "advertised.listeners": listeners
      .filter((l) => l.advertised !== null)
      .map((l) => `${l.name}://${l.advertised}`)
      .join(","),
    "listener.security.protocol.map": listeners.map((l) => `${l.name}:PLAINTEXT`).join(","),
    "log.dirs": dataDirectory,
  };
}

/** Three replicas, two in sync, for every topic, the internal ones too; nothing is ever cleaned away: the logs are evidence. */
function durability(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const inSync = String(Math.min(2, brokers));
  const segment = String(1024 * 1024 * 1024);
  return {
    "auto.create.topics.enable": "false",
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "unclean.leader.election.enable": "false",
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "4",
    "offsets.topic.segment.bytes": segment,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.segment.bytes": segment,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": inSync,
    "share.coordinator.state.topic.num.partitions": "1",
    "log.cleaner.enable": "false",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
  };
}

/** Small and quick: many nodes on one machine, time-outs that a profile may set low. */
const speed: Readonly<Record<string, string>> = {
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "500",
  "group.consumer.min.session.timeout.ms": "500",
  "group.consumer.min.heartbeat.interval.ms": "100",
  "broker.heartbeat.interval.ms": "500", // a profile may set the session as low as 2 s
  "num.network.threads": "1",
  "num.io.threads": "4",
  "background.threads": "2",
  "num.recovery.threads.per.data.dir": "1",
  "controller.quorum.election.timeout.ms": "500",
  "controller.quorum.election.backoff.max.ms": "200",
};

/** A value in Java's properties format. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

/** The file that makes a folder a formatted log directory of a KRaft node: what kafka.tools.StorageTool writes, version 1. */
export function metaProperties(ids: { clusterId: string; nodeId: number; directoryId: string }): string {
  return `version=1\ncluster.id=${ids.clusterId}\nnode.id=${ids.nodeId}\ndirectory.id=${ids.directoryId}\n`;
}
