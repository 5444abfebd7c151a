import { sentence } from "../base/sentence.ts";
import { RollproofError } from "../base/errors.ts";
import type { ChosenEnvironment, EnvironmentChoice } from "../model/environment.ts";
import { findDaemon, type Daemon } from "./docker/daemon/daemon.ts";
import { connectEngine } from "./docker/daemon/engine.ts";
import { imagesOf, type ImageNeeds } from "./docker/images/images.ts";
import { obtainImage } from "./docker/images/obtain-image.ts";

/** What a choice needs to know of Docker on this machine. */
export interface DockerHere {
  daemon(signal: AbortSignal): Promise<Daemon>;
  /** Makes sure that the image is there. Throws `environment-unavailable` where it cannot be had. */
  obtain(image: string, signal: AbortSignal): Promise<void>;
}

const dockerHere: DockerHere = {
  daemon: (signal) => findDaemon(signal),
  obtain: async (image, signal) => await obtainImage(await connectEngine(), image, signal),
};

/**
 * The kind of environment that a choice comes to on this machine, with the reason, for runs with these needs. `auto` takes
 * containers where a Docker daemon answers and has every image that is needed, or can pull or build it; else processes. What
 * is missing is pulled, or built, here. Throws `environment-unavailable` where docker is asked for and cannot be had.
 */
export async function chooseEnvironment(
  choice: EnvironmentChoice,
  { needs, signal }: { readonly needs: readonly ImageNeeds[]; readonly signal: AbortSignal },
  docker: DockerHere = dockerHere,
): Promise<ChosenEnvironment> {
  if (choice === "process") return { kind: "process", reason: "process: asked for" };
  const daemon = await docker.daemon(signal);
  if (!daemon.answers) {
    if (choice === "auto") return { kind: "process", reason: `process: no Docker daemon answers (${daemon.why})` };
    throw new RollproofError("environment-unavailable", sentence(`No Docker daemon answers: ${daemon.why}`), {
      remedy: `${daemon.remedy} Or run with --environment process, which needs none.`,
    });
  }
  try {
    for (const image of new Set(needs.flatMap((one) => imagesOf(one)))) await docker.obtain(image, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RollproofError) || error.code !== "environment-unavailable" || choice === "docker")
      throw error;
    const why = error.message.split("\n", 1)[0] ?? "";
    return {
      kind: "process",
      reason: `process: a Docker daemon answers (${daemon.version}), but: ${why} ${error.remedy}`,
    };
  }
  const asked = choice === "docker" ? "asked for, and " : "";
  return { kind: "docker", reason: `docker: ${asked}a daemon answers (${daemon.version}) and has the images` };
}
