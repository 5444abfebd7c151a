import type { Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

/**
 * No byte is left on the disk of its data directory: writes fail (ENOSPC), reads go on. A broker whose log directory fails
 * ends itself; healing frees the disk first, and then brings the broker up again.
 */
export const diskFull: Fault<Readonly<Record<string, never>>> = {
  kind: "disk-full",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("fill-disk", on),
  undo: (target) => undoProcessInjury(target, "disk-full", "fill-disk"),
  inject: (target, _params, signal) => injureProcess(processOf(target, "disk-full"), { kind: "fill-disk" }, signal),
};
