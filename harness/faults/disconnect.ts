import type { Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

/**
 * Off every network at once, its control port included: established connections stay silent, new ones cannot be made. A
 * pulled cable, where `hold` is one bad way.
 */
export const disconnect: Fault<Readonly<Record<string, never>>> = {
  kind: "disconnect",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("disconnect", on),
  undo: (target) => undoProcessInjury(target, "disconnect", "disconnect"),
  inject: (target, _params, signal) => injureProcess(processOf(target, "disconnect"), { kind: "disconnect" }, signal),
};
