import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { RollproofError } from "../../base/errors.ts";
import { repository } from "../repository.ts";

const tools = join(repository, ".rollproof", "tools");
const remedy = "Run `node harness/bootstrap/main.mjs --prepare`: it installs what runs need.";

/** The pinned toxiproxy server's path. */
export function toxiproxyServer(): string {
  const path = join(tools, "toxiproxy", "server");
  if (existsSync(path)) return path;
  throw new RollproofError("tool-missing", "The toxiproxy server is not installed.", { remedy });
}

/** Kafka's jars, sorted: a class-data archive holds only for the very same class path. */
export function kafkaClassPath(version: string): string {
  const folder = join(tools, `kafka-${version}`, "libs");
  const jars = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jar")) : [];
  if (jars.length === 0)
    throw new RollproofError("tool-missing", `The jars of Kafka ${version} are not installed.`, { remedy });
  return jars
    .toSorted()
    .map((name) => join(folder, name))
    .join(":");
}

/** The class-data archive that the bootstrap made for this Kafka and this Java; null: there is none, brokers start slower. */
export function classDataArchive(version: string): string | null {
  const path = join(tools, `kafka-${version}`, "classes.jsa");
  return existsSync(path) ? path : null;
}
