import { sentence } from "../../base/sentence.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freshKafkaUuid } from "../../base/chance.ts";
import { within } from "../../base/deadline.ts";
import { RollproofError } from "../../base/errors.ts";
import type { Exit } from "../../model/environment.ts";
import { note, noteProcess } from "./note.ts";
import type { Command, Report, StartRequest } from "./messages.ts";
import { isAlive, type ProcessProof } from "../proc.ts";

const script = fileURLToPath(new URL("./supervisor.ts", import.meta.url));
const answerMs = 15_000;
const remedy = "Look at the machine's memory and process limits, then run again.";

/** The system did not run a program. `isProgram`: because of the program itself, not for want of memory or processes. */
export class NotStarted extends RollproofError {
  readonly isProgram: boolean;

  constructor({ role, argv }: StartRequest, { why, code }: { readonly why: string; readonly code: string | null }) {
    super("environment-unavailable", sentence(`${role} could not be started (${argv[0] ?? "no program"}): ${why}`), {
      remedy: "Run `npm run -s rollproof -- doctor`: it lists what is missing.",
    });
    this.isProgram = code !== null && programCodes.has(code);
  }
}

/** What execve says of a program that is not there, may not be run, or cannot be passed these arguments. */
const programCodes: ReadonlySet<string> = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "ENOEXEC",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "E2BIG",
  "ERR_INVALID_ARG_VALUE",
]);

/** A process that the supervisor started. */
export interface Supervised {
  readonly proof: ProcessProof;
  readonly ended: Promise<Exit>;
  /** Calls `fold` with stdout as it comes, text so far first. Only where the request said `forward`. */
  onOutput(fold: (text: string) => void): void;
  /** Calls `fold` with the bytes of output that were not kept, whenever they have become more. */
  onDropped(fold: (bytes: number) => void): void;
}

interface Entry {
  readonly proof: ProcessProof;
  readonly settle: (exit: Exit) => void;
  readonly output: Late<string>;
  readonly dropped: Late<number>;
}

/** Values for a listener that comes when some are there already. */
interface Late<T> {
  readonly early: T[];
  fold: ((value: T) => void) | null;
}

/** The harness's end of the channel to the supervisor. Disposing it ends every process that it started. */
export class Supervision implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #journal: string;
  readonly #entries = new Map<number, Entry>();
  readonly #requests = new Map<number, (report: Report) => void>();
  /** Started, and not yet handed to the one who asked. */
  readonly #born = new Map<number, Supervised>();
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #nextRequest = 0;

  private constructor(child: ChildProcess, journal: string) {
    this.#child = child;
    this.#journal = journal;
    const ready = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    this.#ready = ready.promise;
    this.#gone = gone.promise;
    child.on("message", (report: Report) => (report.said === "ready" ? ready.resolve() : this.#take(report)));
    const over = (): void => {
      ready.resolve();
      gone.resolve();
      this.#abandon();
    };
    child.once("exit", over);
    child.once("error", over);
  }

  /** Starts the supervisor; `journal` is the process journal's path, whose folder exists. */
  static async start(journal: string, signal: AbortSignal): Promise<Supervision> {
    const token = freshKafkaUuid();
    note(journal, { kind: "token", token });
    noteProcess(journal, "harness", process.pid);
    const child = spawn(process.execPath, [script, journal, token], {
      detached: true, // out of the terminal's and the harness's group: it must outlive both
      env: surroundings(),
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const supervision = new Supervision(child, journal);
    await within({ what: "the supervisor to start", timeoutMs: 15_000, signal, remedy }, supervision.#ready);
    if (child.pid === undefined || !child.connected)
      throw new RollproofError("environment-unavailable", "The supervisor of the run's processes did not start.", {
        remedy,
      });
    noteProcess(journal, "supervisor", child.pid);
    return supervision;
  }

  async start(wanted: StartRequest, signal: AbortSignal): Promise<Supervised> {
    const request = this.#nextRequest++;
    const report = await this.#ask({ do: "start", request, ...wanted }, signal);
    const born = this.#born.get(request);
    this.#born.delete(request);
    if (born !== undefined) return born;
    throw new NotStarted(wanted, report.said === "not-started" ? report : { why: report.said, code: null });
  }

  /** Signals the process's whole group. False: it has ended already. */
  async signal(pid: number, name: NodeJS.Signals, signal: AbortSignal): Promise<boolean> {
    const report = await this.#ask({ do: "signal", request: this.#nextRequest++, pid, signal: name }, signal);
    return report.said === "signalled" && report.delivered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.send({ do: "end" } satisfies Command, () => undefined);
    const patience = AbortSignal.timeout(10_000);
    await within({ what: "the supervisor to end", timeoutMs: 6_000, signal: patience, remedy }, this.#gone).catch(() =>
      this.#child.kill("SIGKILL"),
    );
    this.#abandon();
    note(this.#journal, { kind: "disposed" });
  }

  async #ask(command: Command & { readonly request: number }, signal: AbortSignal): Promise<Report> {
    signal.throwIfAborted();
    const answer = Promise.withResolvers<Report>();
    this.#requests.set(command.request, answer.resolve);
    if (!this.#child.connected || !this.#child.send(command, () => undefined)) {
      if (!this.#child.connected)
        answer.resolve({ said: "not-started", request: command.request, why: "the supervisor is gone", code: null });
    }
    try {
      return await within({ what: "the supervisor's answer", timeoutMs: answerMs, signal, remedy }, answer.promise);
    } catch (cause) {
      signal.throwIfAborted();
      throw new RollproofError(
        "environment-unavailable",
        `The supervisor of the run's processes does not answer within ${answerMs} ms.`,
        { remedy, cause },
      );
    } finally {
      this.#requests.delete(command.request);
    }
  }

  #take(report: Report): void {
    switch (report.said) {
      case "ready":
        return;
      case "started":
        this.#born.set(report.request, this.#enter(report.proof));
        return this.#requests.get(report.request)?.(report);
      case "not-started":
      case "signalled":
        return this.#requests.get(report.request)?.(report);
      case "output":
        return hand(this.#entries.get(report.pid)?.output, report.text);
      case "dropped":
        return hand(this.#entries.get(report.pid)?.dropped, report.bytes);
      case "ended":
        this.#entries.get(report.pid)?.settle({ code: report.code, signal: report.signal });
        this.#entries.delete(report.pid);
        return;
      default:
        return report satisfies never;
    }
  }

  #enter(proof: ProcessProof): Supervised {
    const { promise, resolve } = Promise.withResolvers<Exit>();
    const entry: Entry = {
      proof,
      settle: resolve,
      output: { early: [], fold: null },
      dropped: { early: [], fold: null },
    };
    this.#entries.set(proof.pid, entry);
    return {
      proof,
      ended: promise,
      onOutput: (fold) => listen(entry.output, fold),
      onDropped: (fold) => listen(entry.dropped, fold),
    };
  }

  /** The supervisor is gone: what it may have left is ended from here, and nobody waits for its answers any more. */
  #abandon(): void {
    for (const [pid, entry] of this.#entries) {
      if (isAlive(entry.proof)) killGroup(pid);
      entry.settle({ code: null, signal: "SIGKILL" });
    }
    this.#entries.clear();
    for (const [request, answer] of this.#requests)
      answer({ said: "not-started", request, why: "the supervisor has ended", code: null });
  }
}

function hand<T>(late: Late<T> | undefined, value: T): void {
  if (late?.fold) late.fold(value);
  else late?.early.push(value);
}

function listen<T>(late: Late<T>, fold: (value: T) => void): void {
  late.fold = fold;
  for (const value of late.early.splice(0)) fold(value);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ended in between
  }
}

/** What a process of a run sees of the machine: enough to find programs, nothing that changes what it computes. */
export function surroundings(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "NODE_COMPILE_CACHE", "NODE_EXTRA_CA_CERTS"];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
