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
 * Deprives a living process; disposing gives back what was taken, also after an abort. A process may die of it: a broker
 * is then brought up again by the healing and has to serve; a member's supervisor does that by itself, as in production.
 */
export async function injureProcess(
  target: ProcessTarget,
  injury: ProcessInjury,
  signal: AbortSignal,
): Promise<ActiveFault> {
  const { process } = target;
  const inForce = await process.injure(injury, signal);
  let successor: Process | null = null;
  return {
    async probe(probing) {
      const { active, proof } = await inForce.probe(probing);
      const measured = { process: process.id, incarnation: process.incarnation, state: await process.state(), proof };
      if (successor === null) return { active, proof: measured };
      const serving = await probeServing(target, successor);
      return { active: active || serving.active, proof: { ...measured, successor: serving.proof } };
    },
    async [Symbol.asyncDispose]() {
      await inForce[Symbol.asyncDispose]();
      // Only brokers serve at an address that outlives them.
      if (target.serves !== null && (await process.state()) === "gone") successor = await restarted(target, signal);
    },
  };
}
