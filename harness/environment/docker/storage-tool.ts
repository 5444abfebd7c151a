import { serverOutput } from "../output/limits.ts";
import { dirname, join } from "node:path";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { logFile, logOption } from "../cluster/broker-logging.ts";
import { formatsFolder, type StorageTool } from "../cluster/storage-format.ts";
import { withSortedJars } from "./broker.ts";
import { startContainer } from "./containers/container.ts";
import { FolderDisk } from "./disks/data-disk.ts";
import { orLost } from "./daemon/lost.ts";
import type { Standing } from "./standing.ts";

/** kafka-storage out of the brokers' own image, in a container without a network. */
export function storageTool(standing: Standing): StorageTool {
  const { place, names } = standing;
  return {
    program: (version) => `kafka-storage (${names.kafka(version)})`,
    async keptAt(version) {
      const { Id } = await orLost(place.engine.container.dockerode.getImage(names.kafka(version)).inspect());
      return join(formatsFolder, `image-${Id.replace("sha256:", "").slice(0, 32)}`);
    },
    async run(parameters, { version, folder, log, signal }) {
      const image = names.kafka(version);
      const container = await startContainer(place, {
        role: "storage-tool",
        incarnation: 1,
        image,
        argv: [
          ...withSortedJars,
          "java",
          ...pinned.jvmFlags,
          logOption(version),
          "kafka.tools.StorageTool",
          ...parameters,
        ],
        env: {},
        workingDirectory: null,
        network: "none",
        reads: [dirname(logFile(version))],
        writes: [folder],
        ports: [],
        capabilities: [],
      });
      const disk = new FolderDisk(folder);
      const life = {
        id: "storage-tool",
        incarnation: 1,
        version,
        image,
        container,
        disk,
        log,
        limits: serverOutput,
        signal,
      };
      const exit = await (await standing.incarnationOf(life)).ended;
      await orLost(container.remove({ force: true, v: true }));
      return exit;
    },
  };
}
