import { z } from "zod";
import type { Process } from "../model/environment.ts";
import type { Fault } from "../model/fault.ts";
import { paramsOf } from "./params.ts";
import { processNeeds, processOf, servesAt } from "./process-fault.ts";
import { probeMs, untilRestarted } from "./restarted.ts";

interface StopParams extends Readonly<Record<string, unknown>> {
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
}

/**
 * SIGTERM, and SIGKILL after the grace: an orderly end that nobody announced to the roll. Heals as a crash does, by the next
 * incarnation on the same disk.
 */
export const stop: Fault<StopParams> = {
  kind: "stop",
  takes: "process",
  ...paramsOf(z.strictObject({ graceMs: z.int().min(100).max(60_000).default(10_000) })),
  needs: (_params, on) => processNeeds("stop", on),
  undo: (target) => [{ kind: "restart-process", process: processOf(target, "stop").process.id }],
  async inject(target, { graceMs }, signal) {
    const stopped = processOf(target, "stop");
    const { process } = stopped;
    const address = await servesAt(stopped, process, probeMs);
    if ((await process.state()) === "gone") throw new Error(`${process.id} had ended before it could be stopped`);
    const outlived = await outlives(process, graceMs, signal);
    if (outlived) await process.do("crash", signal);
    const { code, signal: by } = await process.ended;
    return untilRestarted({ ended: stopped, address, signal, how: { graceMs, outlived, code, signal: by } });
  },
};

/** Whether the process still lives when its grace is over. */
async function outlives(process: Process, graceMs: number, signal: AbortSignal): Promise<boolean> {
  const grace = AbortSignal.timeout(graceMs);
  try {
    await process.do("stop", AbortSignal.any([signal, grace]));
    return false;
  } catch (cause) {
    signal.throwIfAborted();
    if (grace.aborted) return true;
    throw cause;
  }
}
