import type { InjuryInForce, Process, ProcessInjury } from "../model/environment.ts";

/** What a fault does to end a process. */
export type Ender = "crash" | "stop" | "exhaust-memory";

/** Whom the end of a process is attributed to. */
export interface Blame {
  /** From now on its end is the fault's. */
  take(by: Ender): void;
  /** It outlived what was to end it: its next end is not the fault's. */
  withdraw(): void;
  /** Resolves when its end is recorded. */
  recorded(): Promise<void>;
}

/** The process as a fault sees it: an end that the fault brings about is put down to it. Methods are bound, whatever its class. */
export function injurable(process: Process, blame: Blame): Process {
  return {
    id: process.id,
    incarnation: process.incarnation,
    pid: process.pid,
    version: process.version,
    ended: process.ended,
    dataDirectory: process.dataDirectory,
    async do(verb, signal) {
      if (verb !== "crash" && verb !== "stop") return await process.do(verb, signal);
      await blamed(process, { blame, by: verb }, async () => await process.do(verb, signal));
      await blame.recorded();
    },
    injure: async (injury, signal) =>
      injury.kind === "exhaust-memory"
        ? await starve(process, injury, blame, signal)
        : await process.injure(injury, signal),
    copyDisk: (to) => process.copyDisk(to),
    endpoint: (port) => process.endpoint(port),
    state: () => process.state(),
    lines: (fold) => process.lines(fold),
    dropped: (fold) => process.dropped(fold),
    logTail: () => process.logTail(),
  };
}

async function starve(
  process: Process,
  injury: ProcessInjury,
  blame: Blame,
  signal: AbortSignal,
): Promise<InjuryInForce> {
  const inForce = await blamed(
    process,
    { blame, by: "exhaust-memory" },
    async () => await process.injure(injury, signal),
  );
  return {
    probe: (probing) => inForce.probe(probing),
    async [Symbol.asyncDispose]() {
      await inForce[Symbol.asyncDispose]();
      await withdrawIfOutlived(process, blame);
    },
  };
}

/** Does what is to end the process. Where that fails and the process lives, its end is no longer the fault's. */
async function blamed<T>(
  process: Process,
  { blame, by }: { readonly blame: Blame; readonly by: Ender },
  act: () => Promise<T>,
): Promise<T> {
  blame.take(by);
  try {
    return await act();
  } catch (cause) {
    await withdrawIfOutlived(process, blame);
    throw cause;
  }
}

async function withdrawIfOutlived(process: Process, blame: Blame): Promise<void> {
  const state = await process.state().catch(() => "gone"); // nobody can say: it stays the fault's
  if (state !== "gone") blame.withdraw();
}
