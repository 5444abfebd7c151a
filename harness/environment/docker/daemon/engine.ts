import { getContainerRuntimeClient, type ContainerRuntimeClient } from "testcontainers";
import { z } from "zod";
import { within } from "../../../base/deadline.ts";
import { RollproofError } from "../../../base/errors.ts";
import { endHangingCalls } from "./call-watch.ts";
import { addressOf, daemonHost } from "./daemon.ts";

/** The Docker daemon, by testcontainers. */
export type Engine = ContainerRuntimeClient;

/** One container, by dockerode: what testcontainers itself cannot do (kill, pause, update) is asked of it. */
export type ContainerHandle = ReturnType<ContainerRuntimeClient["container"]["getById"]>;

/** testcontainers asks for the daemon's version and more, and waits for as long as the answer takes. */
const connecting = {
  what: "the Docker daemon to be reached",
  timeoutMs: 15_000,
  remedy: "Look at the daemon's log, and start it again.",
};

const reached = z.object({
  socketPath: z.string().optional(),
  host: z.string().optional(),
  port: z.union([z.string(), z.number()]).optional(),
});

/**
 * Connects to the daemon. Throws `environment-unavailable` when none answers, and when testcontainers, which quietly goes to the
 * next daemon that it finds, has reached another one than the one that is asked for.
 */
export async function connectEngine(): Promise<Engine> {
  const host = daemonHost();
  let engine: Engine;
  try {
    engine = await within({ ...connecting, signal: new AbortController().signal }, getContainerRuntimeClient());
  } catch (cause) {
    throw unusable(`The Docker daemon at ${host} cannot be used.`, cause);
  }
  const { socketPath, host: name, port } = reached.parse(engine.container.dockerode.modem);
  const wanted = addressOf(host);
  if (
    wanted !== null &&
    ("socketPath" in wanted ? socketPath === wanted.socketPath : name === wanted.host && String(port) === wanted.port)
  ) {
    endHangingCalls(engine.container.dockerode.modem);
    return engine;
  }
  const other = socketPath === undefined ? `tcp://${name}:${port}` : `unix://${socketPath}`;
  throw unusable(`The Docker daemon at ${host} cannot be used: testcontainers would take the one at ${other}.`);
}

function unusable(message: string, cause?: unknown): RollproofError {
  return new RollproofError("environment-unavailable", message, {
    remedy:
      "Start Docker, or run with --environment process; `rollproof doctor` says more, DEBUG=testcontainers why it was not taken.",
    ...(cause === undefined ? {} : { cause }),
  });
}
