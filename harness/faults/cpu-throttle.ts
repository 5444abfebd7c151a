import { z } from "zod";
import type { Fault } from "../model/fault.ts";
import { paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

interface CpuThrottleParams extends Readonly<Record<string, unknown>> {
  /** Of one core. */
  readonly percent: number;
}

/** Processor time is rationed: everything the process does takes longer, and nothing stops. */
export const cpuThrottle: Fault<CpuThrottleParams> = {
  kind: "cpu-throttle",
  takes: "process",
  ...paramsOf(z.strictObject({ percent: z.int().min(1).max(100) })),
  needs: (_params, on) => processNeeds("throttle-cpu", on),
  undo: (target) => undoProcessInjury(target, "cpu-throttle", "throttle-cpu"),
  inject: (target, { percent }, signal) =>
    injureProcess(processOf(target, "cpu-throttle"), { kind: "throttle-cpu", percent }, signal),
};
