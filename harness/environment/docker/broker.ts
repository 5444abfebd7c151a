import { serverOutput } from "../output/limits.ts";
import { dirname } from "node:path";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { brokerFiles } from "../cluster/broker-files.ts";
import { logFile, logOption } from "../cluster/broker-logging.ts";
import type { NodePorts } from "../cluster/layout.ts";
import { startContainer } from "./containers/container.ts";
import type { ContainerIncarnation } from "./containers/incarnation.ts";
import type { Standing } from "./standing.ts";

/**
 * A shell that becomes the command after it, with Kafka's jars as its class path: in sorted order, which Java's own `*` does
 * not promise and a class-data archive asks for.
 */
export const withSortedJars = [
  "sh",
  "-c",
  'jars=$(printf "%s:" /opt/kafka/libs/*); CLASSPATH=${jars%:} exec "$@"',
  "sh",
];
/**
 * Where the public image (docker/jvm in Kafka's repository) and the one built here have their class-data archive; it halves
 * the processor time of a start. In an image without one, or where it does not fit, Java starts without it and says nothing.
 */
const archive = ["-XX:SharedArchiveFile=/opt/kafka/kafka.jsa", "-Xshare:auto"];

/** Starts a broker's container on its prepared disk; it does not serve yet. */
export async function launchBroker(
  standing: Standing,
  life: {
    readonly node: NodePorts;
    readonly version: string;
    readonly incarnation: number;
    readonly signal: AbortSignal;
  },
): Promise<ContainerIncarnation> {
  const { place, network, names, layout, runDirectory } = standing;
  const { node, version, incarnation, signal } = life;
  const files = brokerFiles(runDirectory, node.id);
  const disk = standing.diskOf(node.id, files.data);
  const image = names.kafka(version);
  const container = await startContainer(place, {
    role: node.id,
    incarnation,
    image,
    argv: [...withSortedJars, "java", ...pinned.jvmFlags, ...archive, logOption(version), "kafka.Kafka", files.config],
    env: {},
    workingDirectory: null,
    network: { of: network, address: layout.hosts.broker(node.nodeId) },
    reads: [files.config, dirname(logFile(version))],
    writes: [disk.mount],
    ports: [node.direct],
    capabilities: [],
  });
  return await standing.incarnationOf({
    limits: serverOutput,
    id: node.id,
    incarnation,
    version,
    image,
    container,
    disk,
    log: files.log,
    signal,
  });
}
