import { serverOutput } from "../output/limits.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import type { BrokerFiles } from "../cluster/broker-files.ts";
import type { NodePorts } from "../cluster/layout.ts";
import type { Supervised, Supervision } from "./supervised.ts";
import { surroundings } from "./supervised.ts";
import { logOption } from "../cluster/broker-logging.ts";
import { classDataArchive, kafkaClassPath } from "./tools.ts";

/** Starts the JVM; it does not serve yet. */
export function launchBroker(
  supervision: Supervision,
  { node, files, version }: { readonly node: NodePorts; readonly files: BrokerFiles; readonly version: string },
  signal: AbortSignal,
): Promise<Supervised> {
  return supervision.start(
    {
      role: node.id,
      argv: brokerArguments(files.config, version),
      env: { ...surroundings(), CLASSPATH: kafkaClassPath(version) },
      cwd: files.folder,
      log: files.log,
      limits: serverOutput,
      forward: false,
    },
    signal,
  );
}

/** C1 and the serial collector start quickest and stay small; the archive saves loading classes. */
function brokerArguments(config: string, version: string): readonly string[] {
  const archive = classDataArchive(version);
  return [
    "java",
    ...pinned.jvmFlags,
    ...(archive === null ? [] : [`-XX:SharedArchiveFile=${archive}`, "-Xshare:auto"]),
    logOption(version),
    "kafka.Kafka",
    config,
  ];
}
