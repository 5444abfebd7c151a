import { z } from "zod";
import type { Fault } from "../model/fault.ts";
import { paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

interface ClockSkewParams extends Readonly<Record<string, unknown>> {
  readonly offsetMs: number;
  readonly towards: "future" | "past";
}

/** The wall clock jumps by the offset, and back at the heal; the monotonic one goes on. */
export const clockSkew: Fault<ClockSkewParams> = {
  kind: "clock-skew",
  takes: "process",
  asksControlPort: true,
  ...paramsOf(
    z.strictObject({
      offsetMs: z.int().min(1_000).max(3_600_000),
      towards: z.enum(["future", "past"]).default("future"),
    }),
  ),
  needs: (_params, on) => processNeeds("skew-clock", on),
  undo: (target) => undoProcessInjury(target, "clock-skew", "skew-clock"),
  inject: (target, { offsetMs, towards }, signal) =>
    injureProcess(
      processOf(target, "clock-skew"),
      { kind: "skew-clock", offsetMs: towards === "past" ? -offsetMs : offsetMs },
      signal,
    ),
};
