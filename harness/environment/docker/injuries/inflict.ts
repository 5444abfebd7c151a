import type { InjuryInForce, ProcessInjury } from "../../../model/environment.ts";
import { cut } from "./cut.ts";
import { disconnect } from "./disconnect.ts";
import { exhaustMemory } from "./exhaust-memory.ts";
import { fillDisk } from "./fill-disk.ts";
import { skewClock } from "./skew-clock.ts";
import type { Sufferer } from "./sufferer.ts";
import { throttle } from "./throttle.ts";

/** Does the injury to the container; what this one cannot be made to suffer is `capability-missing`. */
export async function inflict(sufferer: Sufferer, injury: ProcessInjury, signal: AbortSignal): Promise<InjuryInForce> {
  signal.throwIfAborted();
  switch (injury.kind) {
    case "cut":
      return await cut(sufferer, injury, signal);
    case "throttle-cpu":
      return await throttle(sufferer, injury.percent);
    case "disconnect":
      return await disconnect(sufferer);
    case "exhaust-memory":
      return await exhaustMemory(sufferer);
    case "skew-clock":
      return await skewClock(sufferer, injury.offsetMs);
    case "fill-disk":
      return await fillDisk(sufferer, signal);
    default:
      return injury satisfies never;
  }
}
