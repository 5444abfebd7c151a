import { within } from "../../../base/deadline.ts";
import { RollproofError } from "../../../base/errors.ts";
import type { InjuryInForce } from "../../../model/environment.ts";
import { carryOut, commandIn } from "../containers/command.ts";
import { isStatus } from "../containers/exit.ts";
import type { ContainerHandle, Engine } from "../daemon/engine.ts";
import type { Sufferer } from "./sufferer.ts";

/** Bytes above what the container uses: a limit below it is refused. */
const room = 16 * 1024 * 1024;
const attempts = 5;
const remedy = "Look whether the Docker daemon still answers (docker ps), and at its log.";
/** Giving back is not for an abort to end; the waits have deadlines. */
const never = new AbortController().signal;
/** Exit code of SIGKILL, 128 + 9. */
const killed = 137;

/** What process 1 is to the out-of-memory killer when nobody has said anything (proc(5), oom_score_adj). */
const usualScore = 0;
const takingMsMax = 15_000;

/**
 * Makes process 1 the first victim of the out-of-memory killer and then takes as much as the limit: tail keeps the last line, and
 * of /dev/zero it is one without end. More it never takes, so that it ends by itself when the limit is lifted before.
 */
const glutton = (bytes: number): string =>
  `echo 1000 > /proc/1/oom_score_adj && head -c ${bytes} /dev/zero | tail > /dev/null`;

/**
 * Limits the container to what it uses and a little more, and takes that, so that the kernel kills its process 1. Nothing beyond
 * the limit is taken from the machine. Proven by the daemon's account of the end. A process that is paused cannot be told to
 * take anything: it lives on under its limit, and the probe says so.
 */
export async function exhaustMemory(sufferer: Sufferer): Promise<InjuryInForce> {
  const { container, engine, process } = sufferer;
  const bytes = await limit(container);
  // It ends with the container, or by itself; either way the probe tells.
  const taking = commandIn(engine, container)(["sh", "-c", glutton(bytes)]).catch(() => null);
  let isOver = false;
  return {
    async probe() {
      const { State } = await container.inspect();
      const proof = { outOfMemory: State.OOMKilled, running: State.Running, code: State.ExitCode, givenBack: isOver };
      const isKilled = State.OOMKilled && !State.Running && State.ExitCode === killed;
      // A limit goes with its container; of one that lives it is lifted.
      return { active: isOver ? State.Running && (await isLimited(sufferer)) : isKilled, proof };
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      if ((await process.state()) !== "gone") await lift(sufferer);
      await within({ what: "what takes memory to end", timeoutMs: takingMsMax, signal: never, remedy }, taking);
      // Only now: it may have begun as late as this. A paused container is told nothing, and had taken nothing.
      if ((await process.state()) === "running") await spare(sufferer);
      isOver = true;
    },
  };
}

/** Whether the container may use less than the machine has, by the kernel's account. */
async function isLimited({ container, engine }: Sufferer): Promise<boolean> {
  const { memory_stats } = await container.stats({ stream: false, "one-shot": true });
  return memory_stats.limit < (await machineBytes(engine));
}

async function machineBytes(engine: Engine): Promise<number> {
  const { MemTotal }: { MemTotal?: number } = Object(await engine.container.dockerode.info());
  return MemTotal ?? 0;
}

/** The limit goes, unless the container has gone before it. */
async function lift({ container, engine }: Sufferer): Promise<void> {
  const total = await machineBytes(engine);
  try {
    // 0, and for swap -1, would leave it as it is (Docker 20.10).
    await container.update({ Memory: total, MemorySwap: 2 * total });
  } catch (cause) {
    if ((await container.inspect()).State.Running) throw cause;
  }
}

/** The out-of-memory killer of the machine's own memory no longer takes process 1 first. */
async function spare({ container, engine, process }: Sufferer): Promise<void> {
  const argv = ["sh", "-c", `echo ${usualScore} > /proc/1/oom_score_adj`];
  try {
    await carryOut(commandIn(engine, container), argv, never);
  } catch (cause) {
    if ((await process.state()) === "running") throw cause;
  }
}

/** Bytes that it may use from now on. */
async function limit(container: ContainerHandle): Promise<number> {
  let refused: unknown = null;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { memory_stats } = await container.stats({ stream: false, "one-shot": true });
    const bytes = (memory_stats.usage ?? 0) + attempt * room;
    try {
      await container.update({ Memory: bytes, MemorySwap: bytes });
      return bytes;
    } catch (cause) {
      if (isStatus(cause, 404) || isStatus(cause, 409)) throw cause;
      refused = cause; // it has grown in the meantime
    }
  }
  throw new RollproofError(
    "environment-unavailable",
    `The container's memory could not be limited: ${String(refused)}`,
    {
      remedy: "Check that the daemon may limit memory: `docker info` warns where it may not.",
      cause: refused,
    },
  );
}
