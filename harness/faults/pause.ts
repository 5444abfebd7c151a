import type { ActiveFault, Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";

const resumeTimeoutMs = 5_000;

/** SIGSTOP, then SIGCONT: a long garbage collection or a stalled disk. Beyond the session time-out it makes a zombie. */
export const pause: Fault<Readonly<Record<string, never>>> = {
  kind: "pause",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("pause", on),
  undo(target) {
    const { id, pid } = processOf(target, "pause").process;
    return [{ kind: "resume-process", process: id, pid }];
  },
  async inject(target, _params, signal): Promise<ActiveFault> {
    const { process } = processOf(target, "pause");
    await process.do("pause", signal);
    return {
      async probe() {
        const state = await process.state();
        return {
          active: state === "stopped",
          proof: { process: process.id, incarnation: process.incarnation, pid: process.pid, state },
        };
      },
      [Symbol.asyncDispose]: () => process.do("resume", AbortSignal.timeout(resumeTimeoutMs)),
    };
  },
};
