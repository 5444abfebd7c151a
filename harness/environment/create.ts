import { resolve } from "node:path";
import { RollproofError } from "../base/errors.ts";
import type { Capability, Environment, EnvironmentSpec } from "../model/environment.ts";
import { capabilities } from "./process/environment.ts";
import { startProcessEnvironment } from "./process/start.ts";

/** What each kind of environment can do, known before one is started. */
export const environmentCapabilities: ReadonlyMap<string, ReadonlySet<Capability>> = new Map([
  ["process", capabilities],
]);

/**
 * A place for one run, ready to serve. `auto` takes what this machine has and says why in `reason`. Errors:
 * `tool-missing`, `environment-unavailable`, `kafka-unreachable`, `deadline-passed`. Dispose it: nothing is left then but logs.
 */
export function createEnvironment(
  kind: "auto" | "process",
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
  return startProcessEnvironment({ ...spec, runDirectory: resolve(spec.runDirectory) }, reasons[kind], signal);
}

const reasons = {
  auto: "process: the only kind of environment that this version has",
  process: "process: asked for",
} as const;
