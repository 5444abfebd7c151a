import { setTimeout as sleep } from "node:timers/promises";
import type { Process, ProcessInjury } from "../model/environment.ts";
import type { ActiveFault, FaultTarget, UndoStep } from "../model/fault.ts";
import { processOf, type ProcessTarget } from "./process-fault.ts";
import { probeServing, restarted } from "./restarted.ts";

export function undoProcessInjury(
  target: FaultTarget,
  kind: string,
  injury: ProcessInjury["kind"],
): readonly UndoStep[] {
  return [{ kind: "give-back", process: processOf(target, kind).process.id, injury }];
}

/**
 * Deprives a living process; disposing gives back what was taken, also after an abort. A process may die of it, and even a
 * moment after it has everything back: a broker is then brought up again by the healing and has to serve; a member's
 * supervisor does that by itself, as in production.
 */
export async function injureProcess(
  target: ProcessTarget,
  injury: ProcessInjury,
  signal: AbortSignal,
  { mayDieForMs = 0 }: { readonly mayDieForMs?: number } = {},
): Promise<ActiveFault> {
  const { process } = target;
  const inForce = await process.injure(injury, signal);
  // Only brokers serve at an address that outlives them.
  const isBroker = target.serves !== null;
  let isOver = false;
  let successor: Process | null = null;
  return {
    async probe(probing) {
      const { active, proof } = await inForce.probe(probing);
      const measured = { process: process.id, incarnation: process.incarnation, state: await process.state(), proof };
      if (!isOver || !isBroker) return { active, proof: measured };
      const serving = await probeServing(target, successor ?? process);
      return { active: active || serving.active, proof: { ...measured, serving: serving.proof } };
    },
    async [Symbol.asyncDispose]() {
      await inForce[Symbol.asyncDispose]();
      isOver = true;
      if (!isBroker) return;
      if (mayDieForMs > 0) await Promise.race([process.ended, pass(mayDieForMs, signal)]);
      if ((await process.state()) === "gone") successor = await restarted(target, signal);
    },
  };
}

/** Resolves after the time or at the abort, whichever is first. */
async function pass(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
