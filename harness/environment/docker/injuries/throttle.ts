import type { InjuryInForce } from "../../../model/environment.ts";
import { carryOut, commandIn } from "../containers/command.ts";
import type { ContainerHandle } from "../daemon/engine.ts";
import type { Sufferer } from "./sufferer.ts";

/** Microseconds; the kernel's own default (docs.kernel.org/scheduler/sched-bwc.html). */
const period = 100_000;
/** Taken for no ration (same source). */
const unlimited = -1;

/**
 * Rations the container's processor time. The probe reads the daemon's setting, and how much the kernel's count of periods in which
 * the container wanted more than its ration has grown since the last look; when it wants nothing by itself, a short loop in it
 * does. The daemon renews the count once a second, so that a look may take as long, and a probe two of them.
 */
export async function throttle(sufferer: Sufferer, percent: number): Promise<InjuryInForce> {
  const { container, process } = sufferer;
  const quota = Math.round((percent / 100) * period);
  let seen = await throttledPeriods(container);
  await container.update({ CpuPeriod: period, CpuQuota: quota });
  let isOver = false;
  const growth = async (): Promise<number> => {
    const before = seen;
    seen = await throttledPeriods(container);
    return seen - before;
  };
  return {
    async probe(signal) {
      if ((await process.state()) === "gone") return { active: false, proof: { state: "gone" } };
      const { HostConfig } = await container.inspect();
      const rationed = (HostConfig.CpuQuota ?? 0) > 0;
      let grown = await growth();
      if (grown === 0) {
        await burn(sufferer, signal);
        grown = await growth();
      }
      return {
        active: isOver ? rationed || grown > 0 : rationed && grown > 0,
        proof: { quota: HostConfig.CpuQuota ?? null, period: HostConfig.CpuPeriod ?? null, throttledPeriods: grown },
      };
    },
    async [Symbol.asyncDispose]() {
      if ((await process.state()) !== "gone") await container.update({ CpuQuota: unlimited });
      isOver = true;
    },
  };
}

async function throttledPeriods(container: ContainerHandle): Promise<number> {
  const { cpu_stats } = await container.stats({ stream: false, "one-shot": true });
  return cpu_stats.throttling_data?.throttled_periods ?? 0; // absent when the container has ended
}

/** Uses a processor for some periods. A container that is paused, or has no shell, burns nothing: its count stays. */
async function burn({ engine, container }: Sufferer, signal: AbortSignal): Promise<void> {
  const argv = ["timeout", "0.4", "sh", "-c", "while :; do :; done"];
  await carryOut(commandIn(engine, container), argv, signal).catch(() => undefined);
  signal.throwIfAborted();
}
