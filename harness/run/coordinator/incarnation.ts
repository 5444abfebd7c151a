import { fork, type ChildProcess } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { RollproofError } from "../../base/errors.ts";
import { logTail } from "../../environment/output/log-tail.ts";
import type { Exit, Process } from "../../model/environment.ts";
import type { FromCoordinator, ToCoordinator } from "./protocol.ts";

/** One life of the coordinator, as faults see it, and the line to it. */
export interface CoordinatorProcess extends Process {
  /** A fault ended it. */
  readonly isBlamed: () => boolean;
  send(message: ToCoordinator): void;
  /** SIGKILL by the harness; resolves at the end. */
  kill(): Promise<void>;
}

export interface CoordinatorLaunch {
  readonly incarnation: number;
  /** File that gets what it prints. */
  readonly log: string;
  readonly onMessage: (message: FromCoordinator) => void;
}

/**
 * Starts a coordinator. It leads a process group, so that a Ctrl-C at the terminal is the harness's alone to hear; it ends
 * by itself when the harness is gone. The log's path is its argument, so that its run can be told from outside. `ended` resolves after its last message has been heard.
 */
export async function startCoordinatorProcess(launch: CoordinatorLaunch): Promise<CoordinatorProcess> {
  const { incarnation, log, onMessage } = launch;
  await using output = await open(log, "a");
  const child = fork(join(import.meta.dirname, "child.ts"), [log], {
    serialization: "advanced",
    detached: true,
    stdio: ["ignore", output.fd, output.fd, "ipc"],
  });
  child.on("message", onMessage);
  child.on("error", () => undefined); // one that was not started has no pid
  const { pid } = child;
  if (pid === undefined)
    throw new RollproofError("environment-unavailable", "The upgrade's coordinator could not be started.", {
      remedy: "Look at what else runs here: the system refused a new process.",
    });
  let isBlamed = false;
  let exit: Exit | null = null;
  const ended = endOf(child).then((how) => (exit = how));
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    id: "coordinator",
    incarnation,
    pid,
    version: null,
    dataDirectory: null,
    ended,
    isBlamed: () => isBlamed,
    // A message to one that is ending is lost with it.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    kill,
    async do(verb) {
      if (verb !== "crash") throw cannot(verb);
      isBlamed = exit === null;
      await kill();
    },
    injure: ({ kind }) => Promise.reject(cannot(kind)),
    copyDisk: () => Promise.reject(cannot("copyDisk")),
    endpoint: () => Promise.reject(cannot("endpoint")),
    state: () => Promise.resolve(exit === null ? "running" : "gone"),
    lines: () => undefined,
    dropped: () => undefined,
    logTail: async () => await logTail(log),
  };
}

/** `close` comes when the process has ended and its channel is read to the end. */
async function endOf(child: ChildProcess): Promise<Exit> {
  return await new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function cannot(what: string): RollproofError {
  return new RollproofError("capability-missing", `The upgrade's coordinator is crashed, not ${what}.`, {
    remedy: "Use `kind: crash` where the target is the coordinator.",
  });
}
