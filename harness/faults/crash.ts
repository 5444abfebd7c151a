import type { Process } from "../model/environment.ts";
import type { ActiveFault, Fault, Proof } from "../model/fault.ts";
import { noParams, paramsOf } from "./params.ts";
import { accepts, processNeeds, processOf, servesAt, type ProcessTarget } from "./process-fault.ts";

const probeMs = 500;
const restartTimeoutMs = 60_000;

/** SIGKILL of the whole process group. Heals by the next incarnation on the same disk; that one has to serve. */
export const crash: Fault<Readonly<Record<string, never>>> = {
  kind: "crash",
  takes: "process",
  ...paramsOf(noParams),
  needs: (_params, on) => processNeeds("crash", on),
  undo: (target) => [{ kind: "restart-process", process: processOf(target, "crash").process.id }],
  async inject(target, _params, signal): Promise<ActiveFault> {
    const killed = processOf(target, "crash");
    const address = await servesAt(killed, killed.process, probeMs);
    await killed.process.do("crash", signal);
    const exit = await killed.process.ended;
    if (exit.signal !== "SIGKILL")
      throw new Error(
        `${killed.process.id} had ended by itself (${exit.signal ?? exit.code}) before it could be killed`,
      );
    let successor: Process | null = null;
    return {
      probe: () => (successor === null ? probeGone(killed.process, address) : probeServing(killed, successor)),
      async [Symbol.asyncDispose]() {
        // After an abort nobody wants the process back: it stays gone, and the next probe says so.
        if (!signal.aborted)
          successor = await killed.restart(AbortSignal.any([signal, AbortSignal.timeout(restartTimeoutMs)]));
      },
    };
  },
};

async function probeGone(process: Process, address: string | null): Promise<Proof> {
  const state = await process.state();
  const stillServes = address !== null && (await accepts(address, probeMs));
  return {
    active: state === "gone" && !stillServes,
    proof: { process: process.id, incarnation: process.incarnation, state, address, accepts: stillServes },
  };
}

async function probeServing(target: ProcessTarget, process: Process): Promise<Proof> {
  const state = await process.state();
  const address = await servesAt(target, process, probeMs);
  const serves = address !== null && (await accepts(address, probeMs));
  return {
    active: state !== "running" || !serves,
    proof: { process: process.id, incarnation: process.incarnation, state, address, accepts: serves },
  };
}
