import { RollproofError } from "../../../base/errors.ts";
import type { InjuryInForce } from "../../../model/environment.ts";
import { isStatus } from "../incarnation.ts";
import type { ContainerHandle } from "../engine.ts";
import type { Sufferer } from "./sufferer.ts";

/** Bytes above what the container uses: a limit below it is refused. */
const room = 16 * 1024 * 1024;
const attempts = 5;
/** Exit code of SIGKILL, 128 + 9. */
const killed = 137;

/**
 * Makes process 1 the first victim of the out-of-memory killer (proc(5), oom_score_adj) and then becomes what takes memory: tail
 * keeps the last line, and /dev/zero has one without end.
 */
const glutton = "echo 1000 > /proc/1/oom_score_adj && exec tail /dev/zero";

/**
 * Limits the container to what it uses and a little more, and takes that, so that the kernel kills its process 1. Nothing beyond
 * the limit is taken from the machine. Proven by the daemon's account of the end.
 */
export async function exhaustMemory({ container, engine, process }: Sufferer): Promise<InjuryInForce> {
  await limit(container);
  // It ends with the container, or is the second victim; either way the probe tells.
  const taking = engine.container.exec(container, ["sh", "-c", glutton]).catch(() => null);
  let isOver = false;
  return {
    async probe() {
      const { State } = await container.inspect();
      const proof = { outOfMemory: State.OOMKilled, running: State.Running, code: State.ExitCode, givenBack: isOver };
      const isKilled = State.OOMKilled && !State.Running && State.ExitCode === killed;
      // A limit goes with its container; of one that lives it is lifted.
      return { active: isOver ? State.Running && (await limitOf(container)) : isKilled, proof };
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      isOver = true;
      if ((await process.state()) === "gone") return void (await taking);
      const { MemTotal }: { MemTotal?: number } = Object(await engine.container.dockerode.info());
      await container.update({ Memory: MemTotal ?? 0, MemorySwap: -1 }); // 0 would leave it as it is
    },
  };
}

/** Whether the container may use less than the machine has. */
async function limitOf(container: ContainerHandle): Promise<boolean> {
  return (await container.inspect()).HostConfig.MemorySwap !== -1;
}

async function limit(container: ContainerHandle): Promise<void> {
  let refused: unknown = null;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { memory_stats } = await container.stats({ stream: false, "one-shot": true });
    const bytes = (memory_stats.usage ?? 0) + attempt * room;
    try {
      await container.update({ Memory: bytes, MemorySwap: bytes });
      return;
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
