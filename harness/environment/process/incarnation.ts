import { until, within } from "../../base/deadline.ts";
import { RollproofError } from "../../base/errors.ts";
import type { DiskCopy } from "../../model/disk-copy.ts";
import type { Exit, InjuryInForce, Process, ProcessInjury } from "../../model/environment.ts";
import { logTail } from "../output/log-tail.ts";
import { copyTree } from "../member/disk.ts";
import { isAlive, isDead, statOf } from "../proc.ts";
import type { Supervised, Supervision } from "./supervised.ts";
import { Voice } from "../member/voice.ts";

/** Guards against a hang: who asks has a deadline of his own. */
const stopTimeoutMs = 600_000;
const controlTimeoutMs = 30_000;

export interface IncarnationOptions {
  readonly id: string;
  readonly incarnation: number;
  readonly version: string | null;
  readonly supervised: Supervised;
  readonly supervision: Supervision;
  readonly dataDirectory: string;
  readonly log: string;
  /** Ends with the environment. */
  readonly signal: AbortSignal;
}

/** One life of a member, a broker or the proxy server. */
export class Incarnation implements Process {
  readonly id: string;
  readonly incarnation: number;
  readonly version: string | null;
  readonly pid: number;
  readonly dataDirectory: string;
  readonly ended: Promise<Exit>;
  readonly #options: IncarnationOptions;
  readonly #voice = new Voice();
  #over = false;

  constructor(options: IncarnationOptions) {
    this.#options = options;
    this.id = options.id;
    this.incarnation = options.incarnation;
    this.version = options.version;
    this.pid = options.supervised.proof.pid;
    this.dataDirectory = options.dataDirectory;
    this.ended = options.supervised.ended;
    options.supervised.onOutput((text) => this.#voice.hear(text));
    options.supervised.onDropped((bytes) => this.#voice.drop(bytes));
    void this.#close();
  }

  async do(verb: "stop" | "crash" | "pause" | "resume", signal: AbortSignal): Promise<void> {
    switch (verb) {
      case "stop":
        await this.#signal("SIGTERM", signal);
        return void (await within(this.#deadline("end after SIGTERM", stopTimeoutMs, signal), this.ended));
      case "crash":
        await this.#signal("SIGKILL", signal);
        return void (await within(this.#deadline("die of SIGKILL", 10_000, signal), this.ended));
      case "pause":
        await this.#signal("SIGSTOP", signal);
        return this.#reach("stopped", signal);
      case "resume":
        await this.#signal("SIGCONT", signal);
        return this.#reach("running", signal);
      default:
        return verb satisfies never;
    }
  }

  injure(injury: ProcessInjury): Promise<InjuryInForce> {
    return Promise.reject(
      new RollproofError("capability-missing", `A process of this machine cannot be made to suffer ${injury.kind}.`, {
        remedy: "Run it with --environment docker.",
      }),
    );
  }

  async copyDisk(to: string): Promise<DiskCopy> {
    return copyTree(this.dataDirectory, to);
  }

  async endpoint(port: "control"): Promise<string> {
    const { signal } = this.#options;
    const number = await within(
      this.#deadline(`name its ${port} port`, controlTimeoutMs, signal),
      this.#voice.controlPort,
    );
    return `127.0.0.1:${number}`;
  }

  state(): Promise<"running" | "stopped" | "gone"> {
    return Promise.resolve(this.#stateNow());
  }

  lines(fold: (line: string) => void): void {
    this.#voice.lines(fold);
  }

  dropped(fold: (bytes: number) => void): void {
    this.#voice.dropped(fold);
  }

  logTail(): Promise<string> {
    return logTail(this.#options.log);
  }

  async #close(): Promise<void> {
    const exit = await this.ended;
    this.#over = true;
    await this.#voice.end(this.#options, exit);
  }

  #stateNow(): "running" | "stopped" | "gone" {
    if (this.#over || !isAlive(this.#options.supervised.proof)) return "gone";
    const stat = statOf(this.pid);
    if (stat === null || isDead(stat.state)) return "gone";
    return stat.state === "T" || stat.state === "t" ? "stopped" : "running";
  }

  async #signal(name: NodeJS.Signals, signal: AbortSignal): Promise<void> {
    const delivered = await this.#options.supervision.signal(this.pid, name, signal);
    if (delivered || name === "SIGTERM" || name === "SIGKILL") return; // ended already: that is what was asked
    throw new RollproofError("member-failed", `${this.id} has ended, so it cannot be sent ${name}.`, {
      remedy: `Read ${this.id}'s log in the run directory.`,
    });
  }

  async #reach(state: "running" | "stopped", signal: AbortSignal): Promise<void> {
    await until({ ...this.#deadline(`be ${state}`, 5_000, signal), everyMs: 5 }, () => {
      const now = this.#stateNow();
      return now === state || now === "gone" ? true : undefined;
    });
  }

  #deadline(what: string, timeoutMs: number, signal: AbortSignal) {
    const remedy = `Read ${this.id}'s log in the run directory.`;
    return { what: `${this.id} to ${what}`, timeoutMs, signal, remedy };
  }
}
