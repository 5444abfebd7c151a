import { within } from "../base/deadline.ts";
import type { Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf, servesAt } from "./process-fault.ts";
import { undoProcessInjury } from "./process-injury.ts";
import { probeMs, untilRestarted } from "./restarted.ts";

const endTimeoutMs = 30_000;

/**
 * Memory is taken until the kernel's out-of-memory killer ends the process. Proven by the end and by the environment's own
 * account of who ended it; heals as a crash does, with the memory given back before the successor starts.
 */
export const outOfMemory: Fault<Readonly<Record<string, never>>> = {
  kind: "out-of-memory",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("exhaust-memory", on),
  undo: (target) => [
    ...undoProcessInjury(target, "out-of-memory", "exhaust-memory"),
    { kind: "restart-process", process: processOf(target, "out-of-memory").process.id },
  ],
  async inject(target, _params, signal) {
    const starved = processOf(target, "out-of-memory");
    const { process } = starved;
    const address = await servesAt(starved, process, probeMs);
    const inForce = await process.injure({ kind: "exhaust-memory" }, signal);
    const giveBack = async (): Promise<void> => await inForce[Symbol.asyncDispose]();
    try {
      const remedy = "Look whether the member's limit of memory can be lowered while it runs.";
      await within(
        { what: `${process.id} to die of exhausted memory`, timeoutMs: endTimeoutMs, signal, remedy },
        process.ended,
      );
    } catch (cause) {
      await giveBack();
      throw cause;
    }
    return untilRestarted({
      ended: starved,
      address,
      signal,
      witness: (probing) => inForce.probe(probing),
      giveBack,
    });
  },
};
