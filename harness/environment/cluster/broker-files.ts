import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshKafkaUuid } from "../../base/chance.ts";
import { brokerConfig, metaProperties } from "./broker-config.ts";
import type { Layout, NodePorts } from "./layout.ts";
import type { StorageFormat } from "./storage-format.ts";

/** A broker's files below the run directory. `data` is large and goes when the environment does. */
export interface BrokerFiles {
  readonly folder: string;
  readonly log: string;
  readonly data: string;
  readonly config: string;
}

export function brokerFiles(runDirectory: string, broker: string): BrokerFiles {
  const folder = join(runDirectory, "brokers", broker);
  return { folder, log: join(folder, "log"), data: join(folder, "data"), config: join(folder, "server.properties") };
}

/** Writes configuration and formatted storage: `format` is the same for every broker of the cluster. */
export async function prepareBroker(
  files: BrokerFiles,
  wanted: {
    readonly layout: Layout;
    readonly node: NodePorts;
    readonly clusterId: string;
    readonly format: StorageFormat;
    readonly extra: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { layout, node, clusterId, format, extra } = wanted;
  await mkdir(files.data, { recursive: true });
  await writeFile(files.config, brokerConfig(layout, node, files.data, extra));
  const meta = metaProperties({ clusterId, nodeId: node.nodeId, directoryId: freshKafkaUuid() });
  await writeFile(join(files.data, "meta.properties"), meta);
  await writeFile(join(files.data, "bootstrap.checkpoint"), format.checkpoint);
}
