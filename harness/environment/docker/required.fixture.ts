import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { RollproofError } from "../../base/errors.ts";
import pinned from "../../bootstrap/pinned.json" with { type: "json" };
import { kafkaClassPath } from "../process/tools.ts";
import { daemonHost, findDaemon } from "./daemon.ts";

/** Whether the tests of an environment run here; `why` says what is missing where they do not. */
export type Running = { readonly run: true } | { readonly run: false; readonly why: string };

type Kind = "process" | "docker";
const variable = "ROLLPROOF_REQUIRE";
type Surroundings = Readonly<Record<string, string | undefined>>;

/**
 * Whether container tests run: when a daemon answers. `describe.skipIf(!docker.run)` skips them where none does, and stderr says
 * why. Where ROLLPROOF_REQUIRE (a comma list of environments) has `docker`, a missing daemon throws instead.
 */
export async function dockerTests(surroundings: Surroundings = process.env): Promise<Running> {
  const daemon = await findDaemon(new AbortController().signal, surroundings["DOCKER_HOST"] ?? daemonHost());
  const { why, remedy } = daemon.answers ? { why: null, remedy: "" } : { why: `${daemon.why}.`, remedy: daemon.remedy };
  return decide("docker", why, remedy, surroundings);
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
