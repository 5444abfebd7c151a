import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensure } from "./cache.mjs";
import { run } from "./command.mjs";
import { bootstrapFolder, pinned, toolsFolder } from "./layout.mjs";

export const kafkaFolder = join(toolsFolder, `kafka-${pinned.kafka}`);

/** Kafka's jars, by Maven; kafka/pom.xml names them. */
export function ensureKafka() {
  return ensure({
    name: `Kafka ${pinned.kafka} (jars by Maven)`,
    program: "mvn",
    folder: kafkaFolder,
    version: pinned.kafka,
    files: (folder) => readdirSync(join(folder, "libs")).map((name) => join("libs", name)),
    make: fetchJars,
  });
}

async function fetchJars(folder) {
  const libs = join(folder, "libs");
  mkdirSync(libs);
  const argv = [
    "mvn",
    "-q",
    "-B",
    "-f",
    join(bootstrapFolder, "kafka", "pom.xml"),
    "dependency:copy-dependencies",
    "-DincludeScope=runtime",
    `-DoutputDirectory=${libs}`,
  ];
  await run(argv, { timeoutMs: 8 * 60_000 });
}
