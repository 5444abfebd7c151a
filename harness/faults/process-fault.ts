import { connect } from "node:net";
import type { Capability, Process, ProcessInjury } from "../model/environment.ts";
import type { FaultTarget, TargetSort } from "../model/fault.ts";

export type ProcessTarget = Extract<FaultTarget, { readonly kind: "process" }>;

export function processOf(target: FaultTarget, kind: string): ProcessTarget {
  if (target.kind !== "process") throw new Error(`${kind} takes a process, not links`);
  return target;
}

/** `crash-member`, `crash-broker` or, without a target's sort, both. The upgrade's coordinator is the harness's own process: nothing is needed. */
export function processNeeds(
  kind: "crash" | "stop" | "pause" | ProcessInjury["kind"],
  on: TargetSort | undefined,
): readonly Capability[] {
  if (on === "member") return [`${kind}-member`];
  if (on === "broker") return [`${kind}-broker`];
  if (on === "coordinator") return [];
  return [`${kind}-member`, `${kind}-broker`];
}

/** Where the process serves while it lives: the target's own address (brokers), else its control port; null: nowhere yet. */
export async function servesAt(target: ProcessTarget, process: Process, timeoutMs: number): Promise<string | null> {
  if (target.serves !== null || !target.hasPort) return target.serves;
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), timeoutMs);
  try {
    return await Promise.race([process.endpoint("control").catch(() => null), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether something accepts connections at `host:port`, asked by dialling it. */
export async function accepts(address: string, timeoutMs: number): Promise<boolean> {
  const cut = address.lastIndexOf(":");
  const socket = connect({ host: address.slice(0, cut), port: Number(address.slice(cut + 1)) });
  const over = Promise.withResolvers<boolean>();
  socket.on("connect", () => over.resolve(true));
  socket.on("error", () => over.resolve(false));
  const timer = setTimeout(() => over.resolve(false), timeoutMs);
  try {
    return await over.promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
