import { dirname } from "node:path";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { brokerFiles } from "../cluster/broker-files.ts";
import { logFile, logOption } from "../cluster/broker-logging.ts";
import type { NodePorts } from "../cluster/layout.ts";
import { startContainer } from "./container.ts";
import type { ContainerIncarnation } from "./incarnation.ts";
import type { Standing } from "./start.ts";

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
  const container = await startContainer(place, {
    role: node.id,
    incarnation,
    image: names.kafka(version),
    argv: ["java", ...pinned.jvmFlags, logOption(version), "-cp", "/opt/kafka/libs/*", "kafka.Kafka", files.config],
    env: {},
    workingDirectory: null,
    network: { of: network, address: layout.hosts.broker(node.nodeId) },
    reads: [files.config, dirname(logFile(version))],
    writes: [disk.mount],
    ports: [node.direct],
    capabilities: [],
  });
  return await standing.incarnationOf({
    id: node.id,
    incarnation,
    version,
    container,
    disk,
    log: files.log,
    signal,
  });
}
