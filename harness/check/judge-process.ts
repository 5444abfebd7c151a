/** Started by judge-apart.ts: judges one run directory, writes its verdict, and says how that went. */
import { Worker } from "node:worker_threads";
import { heartbeatMemory, startHeartbeat, type Heartbeat } from "./heartbeat.ts";
import type { Watched } from "./watchdog.ts";

const [directory = "", specification = "", callMsMax = ""] = process.argv.slice(2);

async function watch(stages: readonly string[]): Promise<Heartbeat> {
  const cells = heartbeatMemory();
  const workerData: Watched = { memory: cells.buffer, stages, descriptor: 4, callMsMax: Number(callMsMax) };
  const watchdog = new Worker(new URL("watchdog.ts", import.meta.url), { workerData, execArgv: [] });
  await new Promise((online, failed) => watchdog.once("online", online).once("error", failed));
  return startHeartbeat(cells, stages);
}

async function judged(): Promise<unknown> {
  try {
    // First and alone, so that it sees every import of what follows.
    await import("../run/specification/imports.ts");
    const { judgeHere } = await import("./judge-here.ts");
    await judgeHere(directory, { specification: specification === "" ? null : specification, watch });
    return { kind: "judged" };
  } catch (error) {
    return described(error);
  }
}

function described(error: unknown): unknown {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === "RollproofError" && "code" in error && "remedy" in error) {
    const { code, remedy, cause } = error;
    return { kind: "refused", code, message: text, remedy, cause: cause instanceof Error ? cause.message : null };
  }
  return { kind: "defect", stack: error instanceof Error ? (error.stack ?? text) : text };
}

const answer = await judged();
await new Promise((sent) => process.send?.(answer, sent));
// Explicit: neither the watchdog nor a timer of the specification may keep a process whose work is done.
process.exit(0);
