import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { repository } from "../repository.ts";
import { lineOf } from "./broker-versions.ts";

/** The logging configuration of a broker of this version. */
export function logFile(version: string): string {
  return join(repository, "harness", "bootstrap", "kafka", pinned.kafkaLogging[lineOf(version)].file);
}

/** The JVM's option that gives a broker of this version its logging; the bootstrap gives the same. */
export function logOption(version: string): string {
  return `-D${pinned.kafkaLogging[lineOf(version)].property}=${pathToFileURL(logFile(version)).href}`;
}
