import { join } from "node:path";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { logOption } from "../cluster/broker-logging.ts";
import { formatsFolder, type StorageTool } from "../cluster/storage-format.ts";
import { serverOutput } from "../output/limits.ts";
import { surroundings, type Supervision } from "./supervised.ts";
import { kafkaClassPath } from "./tools.ts";

/** kafka-storage out of the installed jars. */
export function storageTool(supervision: Supervision): StorageTool {
  return {
    program: (version) => `kafka-storage of Kafka ${version}`,
    keptAt: (version) => Promise.resolve(join(formatsFolder, `kafka-${version}`)),
    async run(parameters, { version, folder, log, signal }) {
      const tool = await supervision.start(
        {
          role: "storage-tool",
          argv: ["java", ...pinned.jvmFlags, logOption(version), "kafka.tools.StorageTool", ...parameters],
          env: { ...surroundings(), CLASSPATH: kafkaClassPath(version) },
          cwd: folder,
          log,
          limits: serverOutput,
          forward: false,
        },
        signal,
      );
      return await tool.ended;
    },
  };
}
