import { resolve } from "node:path";
import { display } from "../base/did-you-mean.ts";
import { RollproofError } from "../base/errors.ts";
import type { Capability, ChosenEnvironment, Environment, EnvironmentSpec } from "../model/environment.ts";
import { capabilities as inContainers } from "./docker/capabilities.ts";
import { startDockerEnvironment } from "./docker/start.ts";
import { capabilities as asProcesses } from "./process/environment.ts";
import { startProcessEnvironment } from "./process/start.ts";
import { repository } from "./repository.ts";

/** What each kind of environment can do, known before one is started. */
export const environmentCapabilities: ReadonlyMap<string, ReadonlySet<Capability>> = new Map([
  ["process", asProcesses],
  ["docker", inContainers],
]);

/**
 * A place for one run of the chosen kind, ready to serve. Errors: `usage`, `tool-missing`,
 * `environment-unavailable`, `kafka-unreachable`, `deadline-passed`. Dispose it: nothing is left then but logs.
 */
export function createEnvironment(
  { kind, reason }: ChosenEnvironment,
  spec: EnvironmentSpec,
  signal: AbortSignal,
): Promise<Environment> {
  if (spec.brokers.length < 1 || !Number.isInteger(spec.memberSlots) || spec.memberSlots < 0)
    throw new RollproofError(
      "usage",
      `No cluster of ${spec.brokers.length} brokers and ${spec.memberSlots} member slots.`,
      {
        remedy: "Ask for at least one broker.",
      },
    );
  const placed = { ...spec, runDirectory: resolve(spec.runDirectory) };
  switch (kind) {
    case "process":
      return startProcessEnvironment(placed, reason, signal);
    case "docker":
      refuseColon(placed.runDirectory);
      return startDockerEnvironment(placed, reason, signal);
    default:
      return kind satisfies never;
  }
}

/** A mount is written `source:target:mode` (docs.docker.com/engine/storage/bind-mounts): with a colon it is another one. */
function refuseColon(runDirectory: string): void {
  const path = [runDirectory, repository].find((one) => one.includes(":"));
  if (path !== undefined)
    throw new RollproofError("usage", `Containers cannot be given ${display(path)}: the path has a colon.`, {
      remedy: "Give --out a path without one, in a clone at a path without one, or run with --environment process.",
    });
}
