import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshKafkaUuid } from "../../base/chance.ts";
import { brokerConfig, metaProperties } from "./broker-config.ts";
import { printableLines } from "../../base/did-you-mean.ts";
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

/** Of a log no more is read; it may be larger than memory. */
const tailBytes = 8 * 1024;
const tailCharacters = 2_000;

/** The last lines of a log file, at most 2000 characters and fit for a terminal; says so when there is none. */
export async function logTail(path: string): Promise<string> {
  const text = await lastBytes(path).catch(() => "");
  if (text.trim() === "") return "(the log is empty)";
  const kept = text.trimEnd();
  const end = kept.slice(-tailCharacters);
  // From the start of a line, unless one line is all there is.
  return printableLines(end.length < kept.length && end.includes("\n") ? end.slice(end.indexOf("\n") + 1) : end);
}

async function lastBytes(path: string): Promise<string> {
  await using file = await open(path);
  const { size } = await file.stat();
  const position = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(tailBytes), position });
  return buffer.toString("utf8", 0, bytesRead);
}
