import { getContainerRuntimeClient, type ContainerRuntimeClient } from "testcontainers";
import { RollproofError } from "../../base/errors.ts";

/** The Docker daemon, by testcontainers. */
export type Engine = ContainerRuntimeClient;

/** One container, by dockerode: what testcontainers itself cannot do (kill, pause, update) is asked of it. */
export type ContainerHandle = ReturnType<ContainerRuntimeClient["container"]["getById"]>;

/** Connects to the daemon. Throws `environment-unavailable` when none answers. */
export async function connectEngine(): Promise<Engine> {
  try {
    return await getContainerRuntimeClient();
  } catch (cause) {
    throw new RollproofError("environment-unavailable", "No Docker daemon answers.", {
      remedy: "Start Docker, or run it with --environment process; `rollproof doctor` says more.",
      cause,
    });
  }
}
