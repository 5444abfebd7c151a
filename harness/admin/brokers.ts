import type { BrokerId } from "../model/brand.ts";
import type { Environment, Process } from "../model/environment.ts";
import type { EventBody } from "../model/event.ts";
import { injurable } from "../base/injurable.ts";

/** The brokers as the history sees them: their starts and ends, and what a fault may do to them. */
export interface Brokers extends Disposable {
  target(id: BrokerId): Process;
  /** `host:port` of the direct listener. */
  serves(id: BrokerId): string | null;
  restart(id: BrokerId, after: Process, signal: AbortSignal): Promise<Process>;
}

export function watchBrokers(
  environment: Pick<Environment, "brokers" | "broker" | "directBootstrap" | "startBroker">,
  record: (event: EventBody) => unknown,
): Brokers {
  // By incarnation: a pid may be used again, and 0 is that of every process nobody could ask for it.
  const byFault = new Set<string>();
  let closing = false;
  const ended = async (process: Process): Promise<void> => {
    const { code, signal } = await process.ended;
    if (closing) return;
    const cause = byFault.has(lifeOf(process)) ? "fault" : "unexpected";
    record({ kind: "process-ended", process: process.id, incarnation: process.incarnation, code, signal, cause });
  };
  const watch = (process: Process): Process => {
    record({
      kind: "process-started",
      process: process.id,
      incarnation: process.incarnation,
      version: process.version,
      pid: process.pid,
      sha256: null,
    });
    void ended(process);
    return process;
  };
  for (const id of environment.brokers) watch(environment.broker(id));
  return {
    // The cluster is disposable: its end at the end of the run is nobody's event.
    [Symbol.dispose]: () => void (closing = true),
    target(id) {
      const process = environment.broker(id);
      return injurable(process, {
        take: () => void byFault.add(lifeOf(process)),
        withdraw: () => void byFault.delete(lifeOf(process)),
        recorded: () => Promise.resolve(),
      });
    },
    serves(id) {
      return environment.directBootstrap[environment.brokers.indexOf(id)] ?? null;
    },
    async restart(id, after, signal) {
      const latest = environment.broker(id);
      return latest.incarnation > after.incarnation
        ? latest
        : watch(await environment.startBroker(id, { disk: "keep" }, signal));
    },
  };
}

function lifeOf({ id, incarnation }: Process): string {
  return `${id} ${incarnation}`;
}
