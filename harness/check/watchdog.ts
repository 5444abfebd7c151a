/**
 * The second thread of the judging process. It tells the process above, over a descriptor, which call of the specification goes on,
 * and ends the whole process when one does not end, or when the process above is gone.
 */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { readHeartbeat } from "./heartbeat.ts";

/** What judge-process.ts hands to it. */
export interface Watched {
  readonly memory: SharedArrayBuffer;
  readonly stages: readonly string[];
  readonly descriptor: number;
  readonly callMsMax: number;
}

const { memory, stages, descriptor, callMsMax }: Watched = workerData;
const cells = new Int32Array(memory);
const parent = process.ppid;
/** Ticks are counted, not clocks read: a machine that slept or stopped this process accuses nobody. */
const tickMs = 100;
/** An import reads and compiles many files, which a busy machine does slowly. */
const importPatience = 3;
let turn = 0;
let ticks = 0;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  const now = readHeartbeat(cells, stages);
  ticks = now !== null && now.turn === turn ? ticks + 1 : 0;
  turn = now?.turn ?? 0;
  if (now === null || ticks === 0) return tell({ inside: null, isStuck: false });
  const isStuck = ticks * tickMs >= (now.call === "import" ? importPatience : 1) * callMsMax;
  tell({ inside: now.what, isStuck });
  if (isStuck) process.kill(process.pid, "SIGKILL");
}, tickMs);

let told = "";

function tell(what: { readonly inside: string | null; readonly isStuck: boolean }): void {
  const line = `${JSON.stringify(what)}\n`;
  if (line === told) return;
  told = line;
  writeSync(descriptor, line);
}
