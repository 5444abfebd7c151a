import type { Fault } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { processNeeds, processOf } from "./process-fault.ts";
import { injureProcess, undoProcessInjury } from "./process-injury.ts";

/** Kafka 4.1.1 was seen to end up to 1 s after its first write that failed, on a busy machine: there may be room again by then. */
const mayDieForMs = 5_000;

/**
 * No byte is left on the disk of its data directory: writes fail (ENOSPC), reads go on. The last block of a file that is there
 * may still take a little. A broker that writes ends itself (exit code 1, "all log dirs … have failed"), under load within a
 * second, an idle one within some 15 s; healing frees the disk first, and then brings it up again. A member does as it
 * is written, and its supervisor starts it again as often as it ends. Where an index that is
 * mapped needs another page, the kernel sends SIGBUS and the JVM throws an InternalError: Kafka 4.1.1 was seen to refuse that
 * one append, whose bytes are in the log already, and to go on until a write to a log failed.
 */
export const diskFull: Fault<Readonly<Record<string, never>>> = {
  kind: "disk-full",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("fill-disk", on),
  undo: (target) => undoProcessInjury(target, "disk-full", "fill-disk"),
  inject: (target, _params, signal) =>
    injureProcess(processOf(target, "disk-full"), { kind: "fill-disk" }, signal, { mayDieForMs }),
};
