/**
 * The supervisor: a process of its own, in a group of its own, that starts every broker, proxy and member of one run and
 * outlives the harness only to end them. It is their parent, so there is no moment at which a process exists that it does not
 * know. The harness's end, however it comes, closes the channel; then every group is killed, paused ones too, and whatever
 * still carries the run's token.
 *
 * Arguments: the process journal, the run's token.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { note } from "./note.ts";
import { tokenVariable, type Command, type Report, type StartRequest } from "./messages.ts";
import { pidsWithVariable, proofOf } from "../proc.ts";

const [journal = "", token = ""] = process.argv.slice(2);
/** Groups that may have a living process: the leader's pid is the group's id. */
const groups = new Map<number, ChildProcess>();
let ending = false;

function tell(report: Report): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // no process is left in the group
  }
}

function start(request: number, wanted: StartRequest): void {
  const [program = "", ...parameters] = wanted.argv;
  let log: number;
  try {
    log = openSync(wanted.log, "a");
  } catch (error) {
    tell({ said: "not-started", request, why: String(error) });
    return;
  }
  const child = spawn(program, parameters, {
    cwd: wanted.cwd,
    env: { ...wanted.env, [tokenVariable]: token },
    detached: true, // a session and group of its own: the pid is the group's id
    stdio: ["ignore", wanted.forward ? "pipe" : log, log],
  });
  child.once("error", (error) => {
    if (child.pid === undefined) tell({ said: "not-started", request, why: String(error) });
  });
  const { pid } = child;
  if (pid === undefined) {
    closeSync(log);
    return;
  }
  groups.set(pid, child);
  const proof = proofOf(pid) ?? { pid, startTicks: 0, bootId: "gone", commandLine: wanted.argv.join(" ") };
  note(journal, { kind: "child", role: wanted.role, proof });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    try {
      writeSync(log, text);
    } catch {
      // a full disk must not end the supervisor
    }
    tell({ said: "output", pid, text });
  });
  // The leader is gone: what it left in its group goes too, and with it the last holders of stdout; then `close` comes.
  child.once("exit", () => {
    killGroup(pid);
    setTimeout(() => child.stdout?.destroy(), 1_000).unref(); // a process that left the group may hold it for ever
  });
  child.once("close", (code, signal) => {
    groups.delete(pid);
    closeSync(log);
    tell({ said: "ended", pid, code, signal });
  });
  tell({ said: "started", request, proof });
}

function signal(request: number, pid: number, name: NodeJS.Signals): void {
  let delivered = false;
  const child = groups.get(pid);
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    try {
      delivered = process.kill(-pid, name);
    } catch {
      delivered = false;
    }
  }
  tell({ said: "signalled", request, delivered });
}

/** Ends every process of the run, then itself. */
async function endAll(): Promise<void> {
  if (ending) return;
  ending = true;
  const until = performance.now() + 4_000;
  do {
    for (const pid of groups.keys()) killGroup(pid);
    for (const pid of pidsWithVariable(tokenVariable, token)) killOne(pid);
    await sleep(20);
  } while (performance.now() < until && (groups.size > 0 || pidsWithVariable(tokenVariable, token).length > 0));
  process.exit(0);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

function obey(command: Command): void {
  if (ending) return;
  switch (command.do) {
    case "start":
      return start(command.request, command);
    case "signal":
      return signal(command.request, command.pid, command.signal);
    case "end":
      return void endAll();
    default:
      return command satisfies never;
  }
}

// Ctrl-C and a closing terminal are the harness's to answer.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
process.on("message", obey);
process.on("disconnect", () => void endAll());
if (process.connected) tell({ said: "ready" });
else void endAll();
