import type { Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf, servesAt } from "./process-fault.ts";
import { probeMs, untilRestarted } from "./restarted.ts";

/** SIGKILL of the whole process group. Heals by the next incarnation on the same disk; that one has to serve. */
export const crash: Fault<Readonly<Record<string, never>>> = {
  kind: "crash",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("crash", on),
  undo: (target) => [{ kind: "restart-process", process: processOf(target, "crash").process.id }],
  async inject(target, _params, signal) {
    const killed = processOf(target, "crash");
    const address = await servesAt(killed, killed.process, probeMs);
    await killed.process.do("crash", signal);
    const exit = await killed.process.ended;
    if (exit.signal !== "SIGKILL")
      throw new Error(
        `${killed.process.id} had ended by itself (${exit.signal ?? exit.code}) before it could be killed`,
      );
    return untilRestarted({ ended: killed, address, signal });
  },
};
