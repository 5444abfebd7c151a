import type { Process } from "../model/environment.ts";

/** The process as a fault sees it, with its `do` replaced; the other methods bound, so that it works whatever its class. */
export function injurable(process: Process, act: Process["do"]): Process {
  return {
    id: process.id,
    incarnation: process.incarnation,
    pid: process.pid,
    version: process.version,
    ended: process.ended,
    do: act,
    injure: (injury, signal) => process.injure(injury, signal),
    copyDisk: (to) => process.copyDisk(to),
    endpoint: (port) => process.endpoint(port),
    state: () => process.state(),
    lines: (fold) => process.lines(fold),
  };
}
