/**
 * The supervisor: a process of its own, in a group of its own, that starts every broker, proxy and member of one run and
 * outlives the harness only to end them. It is their parent, so there is no moment at which a process exists that it does not
 * know. The harness's end, however it comes, closes the channel; then every group is killed, paused ones too, and whatever
 * still carries the run's token.
 *
 * Arguments: the process journal, the run's token.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { keepOutput, type KeptOutput } from "../output/keep-output.ts";
import { note } from "./note.ts";
import { tokenVariable, type Command, type Report, type StartRequest } from "./messages.ts";
import { pidsWithVariable, proofOf } from "../proc.ts";

const [journal = "", token = ""] = process.argv.slice(2);
/** Groups that may have a living process: the leader's pid is the group's id. */
const groups = new Map<number, ChildProcess>();
let ending = false;

/** Output that the harness has not taken yet; when it is that much, no more is read. */
const untakenBytesMax = 4 * 1024 * 1024;
const lookAgainMs = 20;
let untakenBytes = 0;

function tell(report: Report): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

function forward(pid: number, text: string): void {
  if (!process.connected) return;
  untakenBytes += text.length;
  const report: Report = { said: "output", pid, text };
  process.send?.(report, undefined, undefined, () => void (untakenBytes -= text.length));
}

/** Reads a stream no faster than its limits allow and the harness takes it: whoever prints faster blocks in its write. */
function read(stream: Readable, take: (chunk: Buffer) => number): void {
  const goOn = (): void => void (untakenBytes > untakenBytesMax ? setTimeout(goOn, lookAgainMs) : stream.resume());
  stream.on("data", (chunk: Buffer) => {
    const waitMs = take(chunk);
    if (waitMs === 0 && untakenBytes <= untakenBytesMax) return;
    stream.pause();
    setTimeout(goOn, Math.max(waitMs, lookAgainMs));
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // no process is left in the group
  }
}

function start(request: number, wanted: StartRequest): void {
  const decoder = new StringDecoder("utf8");
  let pid = 0;
  let output: KeptOutput | null = null;
  const refuse = (error: unknown): void => {
    output?.end();
    tell({ said: "not-started", request, why: String(error), code: codeOf(error) });
  };
  try {
    output = keepOutput({
      log: wanted.log,
      limits: wanted.limits,
      stdout: (kept) => (wanted.forward ? forward(pid, decoder.write(kept)) : undefined),
      dropped: (bytes) => tell({ said: "dropped", pid, bytes }),
      now: () => performance.now(),
    });
    const child = launch(wanted);
    if (child.pid === undefined) child.once("error", refuse);
    else {
      pid = child.pid;
      enter(child, pid, output);
      const proof = proofOf(pid) ?? { pid, startTicks: 0, bootId: "gone", commandLine: wanted.argv.join(" ") };
      note(journal, { kind: "child", role: wanted.role, proof });
      tell({ said: "started", request, proof });
    }
  } catch (error) {
    refuse(error);
  }
}

function launch({ argv, cwd, env }: StartRequest) {
  const [program = "", ...parameters] = argv;
  return spawn(program, parameters, {
    cwd,
    env: { ...env, [tokenVariable]: token },
    detached: true, // a session and group of its own: the pid is the group's id
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function enter(child: ReturnType<typeof launch>, pid: number, output: KeptOutput): void {
  groups.set(pid, child);
  read(child.stdout, (chunk) => output.take("stdout", chunk));
  read(child.stderr, (chunk) => output.take("stderr", chunk));
  child.on("error", () => undefined); // of a signal that came too late
  // The leader is gone: what it left in its group goes too, and with it the last holders of its pipes; then `close` comes.
  child.once("exit", () => {
    killGroup(pid);
    // A process that left the group may hold them indefinitely.
    setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()), 1_000).unref();
  });
  child.once("close", (code, signal) => {
    groups.delete(pid);
    output.end();
    tell({ said: "ended", pid, code, signal });
  });
}

/** The system's code in an error; null: it is another error. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
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
