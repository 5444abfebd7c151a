import type { Process } from "../model/environment.ts";
import type { Json } from "../model/event.ts";
import type { ActiveFault, Proof } from "../model/fault.ts";
import { accepts, servesAt, type ProcessTarget } from "./process-fault.ts";

/** Longest that a probe waits for a port. */
export const probeMs = 500;
const restartTimeoutMs = 60_000;

export interface Ending {
  readonly ended: ProcessTarget;
  /** Where it served while it lived. */
  readonly address: string | null;
  /** The run's. */
  readonly signal: AbortSignal;
  /** How it came to its end, for the proof. */
  readonly how?: Json;
  /** What else must hold while it is gone, and no longer afterwards. */
  readonly witness?: (signal: AbortSignal) => Promise<Proof>;
  /** Runs before the successor starts. */
  readonly giveBack?: () => Promise<void>;
}

/** A process that a fault has ended: gone until disposing brings up the next incarnation on the same disk, which has to serve. */
export function untilRestarted({ ended, address, signal, how, witness, giveBack }: Ending): ActiveFault {
  let successor: Process | null = null;
  return {
    async probe(probing) {
      const own = await (successor === null ? probeGone(ended.process, address) : probeServing(ended, successor));
      if (witness === undefined) return how === undefined ? own : { ...own, proof: { process: own.proof, how } };
      const other = await witness(probing);
      const active = successor === null ? own.active && other.active : own.active || other.active;
      return { active, proof: { process: own.proof, witness: other.proof } };
    },
    async [Symbol.asyncDispose]() {
      await giveBack?.();
      successor = await restarted(ended, signal);
    },
  };
}

/** The next incarnation; null after an abort: nobody wants the process back, it stays gone, and the next probe says so. */
export async function restarted(target: ProcessTarget, signal: AbortSignal): Promise<Process | null> {
  if (signal.aborted) return null;
  return await target.restart(AbortSignal.any([signal, AbortSignal.timeout(restartTimeoutMs)]));
}

async function probeGone(process: Process, address: string | null): Promise<Proof> {
  const state = await process.state();
  const stillServes = address !== null && (await accepts(address, probeMs));
  return {
    active: state === "gone" && !stillServes,
    proof: { process: process.id, incarnation: process.incarnation, state, address, accepts: stillServes },
  };
}

/** Active as long as the process does not serve, or does not run where it serves nobody. */
export async function probeServing(target: ProcessTarget, process: Process): Promise<Proof> {
  const state = await process.state();
  const address = await servesAt(target, process, probeMs);
  const serves = address !== null && (await accepts(address, probeMs));
  return {
    active: state !== "running" || (target.hasPort && !serves),
    proof: { process: process.id, incarnation: process.incarnation, state, address, accepts: serves },
  };
}
