import { RollproofError } from "../base/errors.ts";
import type { ChosenEnvironment, EnvironmentChoice } from "../model/environment.ts";
import { findDaemon } from "./docker/daemon.ts";

/**
 * The kind of environment that a choice comes to on this machine, with the reason. `auto` takes containers where a Docker
 * daemon answers, else processes. Throws `environment-unavailable` where docker is asked for and no daemon answers.
 */
export async function chooseEnvironment(choice: EnvironmentChoice, signal: AbortSignal): Promise<ChosenEnvironment> {
  if (choice === "process") return { kind: "process", reason: "process: asked for" };
  const daemon = await findDaemon(signal);
  if (daemon.answers) {
    const asked = choice === "docker" ? "asked for, and " : "";
    return { kind: "docker", reason: `docker: ${asked}a daemon answers (${daemon.version})` };
  }
  if (choice === "auto") return { kind: "process", reason: `process: no Docker daemon answers (${daemon.why})` };
  throw new RollproofError("environment-unavailable", `No Docker daemon answers: ${daemon.why}.`, {
    remedy: `${daemon.remedy} Or run with --environment process, which needs none.`,
  });
}
