import { accessSync, constants } from "node:fs";
import { request, type RequestOptions } from "node:http";
import { delimiter, join } from "node:path";
import { RollproofError } from "../../base/errors.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { kafkaClassPath } from "../process/tools.ts";

/** Whether the tests of an environment run here; `why` says what is missing where they do not. */
export type Running = { readonly run: true } | { readonly run: false; readonly why: string };

type Kind = "process" | "docker";
const pingMs = 3_000;
const variable = "ROLLPROOF_REQUIRE";
type Surroundings = Readonly<Record<string, string | undefined>>;

/**
 * Whether container tests run: when a daemon answers. `describe.skipIf(!docker.run)` skips them where none does, and stderr says
 * why. Where ROLLPROOF_REQUIRE (a comma list of environments) has `docker`, a missing daemon throws instead.
 */
export async function dockerTests(surroundings: Surroundings = process.env): Promise<Running> {
  const why = await dockerLack(surroundings["DOCKER_HOST"]);
  return decide(
    "docker",
    why,
    "Start one (systemctl start docker, or dockerd), or point DOCKER_HOST at one.",
    surroundings,
  );
}

/** Whether tests with processes run: where Java and Kafka's jars are. */
export function processTests(surroundings: Surroundings = process.env): Running {
  const remedy = "Install Java 17 or newer and run `node harness/bootstrap/main.mjs --prepare`.";
  return decide("process", processLack(surroundings["PATH"] ?? ""), remedy, surroundings);
}

function decide(kind: Kind, why: string | null, remedy: string, surroundings: Surroundings): Running {
  const required = requiredKinds(surroundings[variable] ?? "");
  if (why === null) return { run: true };
  if (required.includes(kind))
    throw new RollproofError("environment-unavailable", `${variable} demands ${kind} tests, but ${why}`, { remedy });
  process.stderr.write(`skipped: ${kind} tests, for ${why} ${remedy}\n`);
  return { run: false, why };
}

/** A misspelt name would silently demand nothing. */
function requiredKinds(text: string): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const known: readonly Kind[] = ["process", "docker"];
  const unknown = names.filter((name) => !known.some((kind) => kind === name));
  if (unknown.length === 0) return names;
  throw new RollproofError("usage", `${variable} names ${unknown.join(", ")}, which is no environment.`, {
    remedy: `Use a comma list of ${known.join(", ")}.`,
  });
}

/** Null: a daemon answers `GET /_ping` (docs.docker.com/reference/api/engine, SystemPing) with 200. */
async function dockerLack(host = "unix:///var/run/docker.sock"): Promise<string | null> {
  const at = addressOf(host);
  if (at === null) return `DOCKER_HOST is ${host}, which is neither unix:// nor tcp://.`;
  return new Promise((resolve) => {
    const asked = request({ ...at, path: "/_ping", signal: AbortSignal.timeout(pingMs) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? null : `the daemon at ${host} answers ${answer.statusCode ?? "nothing"}.`);
    });
    asked.once("error", ({ message }) => {
      resolve(`no Docker daemon answers at ${host} (${message}).`);
    });
    asked.end();
  });
}

function addressOf(host: string): RequestOptions | null {
  const [, socketPath] = /^unix:\/\/(.+)$/.exec(host) ?? [];
  if (socketPath !== undefined) return { socketPath };
  const [, hostname, port] = /^tcp:\/\/([^:/]+):(\d+)$/.exec(host) ?? [];
  return hostname === undefined ? null : { host: hostname, port };
}

function processLack(path: string): string | null {
  const has = (folder: string): boolean => {
    try {
      accessSync(join(folder, "java"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  if (!path.split(delimiter).some(has)) return "java is not on the PATH.";
  try {
    kafkaClassPath(pinned.kafka);
    return null;
  } catch (error) {
    if (error instanceof RollproofError) return error.message;
    throw error;
  }
}
