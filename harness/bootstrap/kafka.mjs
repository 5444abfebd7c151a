import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensure } from "./cache.mjs";
import { run } from "./command.mjs";
import { bootstrapFolder, pinned, toolsFolder } from "./layout.mjs";
import { Trouble } from "./trouble.mjs";

export function kafkaFolder(version) {
  return join(toolsFolder, `kafka-${version}`);
}

/**
 * How brokers of a version write their log: the pom's profile and the JVM's property, by version line (pinned.json). A text that is
 * no version of these lines is Trouble: it becomes a folder and a parameter of Maven.
 */
function loggingOf(version) {
  const [, line] = /^(\d\.\d)\.(?:0|[1-9]\d?)$/.exec(version ?? "") ?? [];
  if (line !== undefined && Object.hasOwn(pinned.kafkaLogging, line)) return pinned.kafkaLogging[line];
  const lines = Object.keys(pinned.kafkaLogging).map((known) => `${known}.N`);
  throw new Trouble(`--kafka takes a version of Kafka: ${lines.join(" or ")}.`, "Say for example --kafka 3.9.1.");
}

/** The JVM's option that gives a broker its logging; harness/environment gives the same. */
export function logOption(version) {
  const { property, file } = loggingOf(version);
  return `-D${property}=${pathToFileURL(join(bootstrapFolder, "kafka", file)).href}`;
}

/** Kafka's jars, by Maven; kafka/pom.xml names them. */
export function ensureKafka(version) {
  const { profile } = loggingOf(version);
  return ensure({
    name: `Kafka ${version} (jars by Maven)`,
    program: "mvn",
    folder: kafkaFolder(version),
    version,
    files: (folder) => readdirSync(join(folder, "libs")).map((name) => join("libs", name)),
    make: (folder) => fetchJars(folder, version, profile),
  });
}

async function fetchJars(folder, version, profile) {
  const libs = join(folder, "libs");
  mkdirSync(libs);
  const argv = [
    "mvn",
    "-q",
    "-B",
    "-f",
    join(bootstrapFolder, "kafka", "pom.xml"),
    "dependency:copy-dependencies",
    `-Dkafka.version=${version}`,
    `-P${profile}`,
    "-DincludeScope=runtime",
    `-DoutputDirectory=${libs}`,
  ];
  await run(argv, { timeoutMs: 8 * 60_000 });
}
