import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { RollproofError } from "../../base/errors.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };

/** The repository's root: members' working directory, and where `.rollproof` lies. */
export const repository = resolve(fileURLToPath(new URL("../../..", import.meta.url)));
const tools = join(repository, ".rollproof", "tools");
const remedy = "Run `node harness/bootstrap/main.mjs --prepare`: it installs what runs need.";

export const kafkaVersion: string = pinned.kafka;
export const logConfiguration = join(repository, "harness", "bootstrap", "kafka", "log4j2.xml");

/** The pinned toxiproxy server's path. */
export function toxiproxyServer(): string {
  const path = join(tools, "toxiproxy", "server");
  if (existsSync(path)) return path;
  throw new RollproofError("tool-missing", "The toxiproxy server is not installed.", { remedy });
}

/** Kafka's jars, sorted: a class-data archive holds only for the very same class path. */
export function kafkaClassPath(): string {
  const folder = join(tools, `kafka-${pinned.kafka}`, "libs");
  const jars = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jar")) : [];
  if (jars.length === 0)
    throw new RollproofError("tool-missing", `The jars of Kafka ${pinned.kafka} are not installed.`, { remedy });
  return jars
    .toSorted()
    .map((name) => join(folder, name))
    .join(":");
}

/** The class-data archive that the bootstrap made for this Kafka and this Java; null: there is none, brokers start slower. */
export function classDataArchive(): string | null {
  const path = join(tools, `kafka-${pinned.kafka}`, "classes.jsa");
  return existsSync(path) ? path : null;
}
