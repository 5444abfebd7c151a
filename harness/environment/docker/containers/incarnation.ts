import { until, within, type Deadline } from "../../../base/deadline.ts";
import type { DiskCopy } from "../../../model/disk-copy.ts";
import type { Exit, InjuryInForce, Process, ProcessInjury } from "../../../model/environment.ts";
import { Voice } from "../../member/voice.ts";
import { logTail } from "../../output/log-tail.ts";
import type { OutputLimits } from "../../output/limits.ts";
import type { DataDisk } from "../disks/data-disk.ts";
import type { ContainerHandle } from "../daemon/engine.ts";
import { orLost } from "../daemon/lost.ts";
import { listenTo } from "./output.ts";
import { exitOf, isStatus } from "./exit.ts";

/** Guards against a hang: who asks has a deadline of his own. */
const stopTimeoutMs = 600_000;
const controlTimeoutMs = 30_000;
/** The daemon answers by then, or hangs. */
const answerMs = 10_000;
/** After the end of a container its last output comes this late at most. */
const lastOutputMs = 2_000;

export interface IncarnationOptions {
  readonly id: string;
  readonly incarnation: number;
  readonly version: string | null;
  readonly image: string;
  readonly container: ContainerHandle;
  /** The process's number on the host, 0 where it is not known (a daemon in a virtual machine). */
  readonly pid: number;
  readonly disk: DataDisk;
  readonly log: string;
  readonly limits: OutputLimits;
  readonly injure: (process: Process, injury: ProcessInjury, signal: AbortSignal) => Promise<InjuryInForce>;
  /** Told when the daemon does not answer any more. */
  readonly lost: (why: Error) => void;
  /** Ends with the environment. */
  readonly signal: AbortSignal;
}

/** One life of a member or a broker in a container of its own. */
export class ContainerIncarnation implements Process {
  readonly id: string;
  readonly incarnation: number;
  readonly version: string | null;
  readonly pid: number;
  readonly dataDirectory: string | null;
  readonly ended: Promise<Exit>;
  readonly container: ContainerHandle;
  readonly #options: IncarnationOptions;
  readonly #voice = new Voice();
  #over = false;

  constructor(options: IncarnationOptions) {
    this.#options = options;
    this.id = options.id;
    this.incarnation = options.incarnation;
    this.version = options.version;
    this.pid = options.pid;
    this.dataDirectory = options.disk.folder;
    this.container = options.container;
    this.ended = this.#live();
  }

  async do(verb: "stop" | "crash" | "pause" | "resume", signal: AbortSignal): Promise<void> {
    await orLost(this.#do(verb, signal));
  }

  async #do(verb: "stop" | "crash" | "pause" | "resume", signal: AbortSignal): Promise<void> {
    switch (verb) {
      case "stop":
        return await this.#end("SIGTERM", this.#deadline("end after SIGTERM", stopTimeoutMs, signal));
      case "crash":
        return await this.#end("SIGKILL", this.#deadline("die of SIGKILL", 10_000, signal));
      case "pause":
        await within(this.#deadline("be frozen", answerMs, signal), this.container.pause());
        return await this.#reach("stopped", signal);
      case "resume":
        await within(this.#deadline("be thawed", answerMs, signal), this.container.unpause());
        return await this.#reach("running", signal);
      default:
        return verb satisfies never;
    }
  }

  injure(injury: ProcessInjury, signal: AbortSignal): Promise<InjuryInForce> {
    return this.#options.injure(this, injury, signal);
  }

  async copyDisk(to: string): Promise<DiskCopy> {
    return await this.#options.disk.copyTo(to);
  }

  async endpoint(port: "control"): Promise<string> {
    const deadline = this.#deadline(`name its ${port} port`, controlTimeoutMs, this.#options.signal);
    return `127.0.0.1:${await within(deadline, this.#voice.controlPort)}`;
  }

  async state(): Promise<"running" | "stopped" | "gone"> {
    if (this.#over) return "gone";
    try {
      const { State } = await orLost(this.container.inspect());
      if (State.Paused) return "stopped";
      return State.Running ? "running" : "gone";
    } catch (cause) {
      if (isStatus(cause, 404)) return "gone";
      throw cause;
    }
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

  async #live(): Promise<Exit> {
    const over = new AbortController();
    const output = listenTo({
      container: this.container,
      log: this.#options.log,
      limits: this.#options.limits,
      stdout: (text) => this.#voice.hear(text),
      dropped: (bytes) => this.#voice.drop(bytes),
      over: over.signal,
    });
    const exit = await exitOf(this.container, this.#options);
    over.abort();
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, lastOutputMs).unref())]);
    this.#over = true;
    await this.#voice.end(this.#options, exit);
    return exit;
  }

  async #end(by: "SIGTERM" | "SIGKILL", deadline: Deadline): Promise<void> {
    await within(
      deadline,
      this.#kill(by).then(() => this.ended),
    );
  }

  async #kill(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    try {
      await this.container.kill({ signal });
    } catch (cause) {
      if (!isStatus(cause, 404) && !isStatus(cause, 409)) throw cause; // ended already: that is what was asked
    }
  }

  async #reach(state: "running" | "stopped", signal: AbortSignal): Promise<void> {
    await until({ ...this.#deadline(`be ${state}`, 5_000, signal), everyMs: 20 }, async () => {
      const now = await this.state();
      return now === state || now === "gone" ? true : undefined;
    });
  }

  #deadline(what: string, timeoutMs: number, signal: AbortSignal): Deadline {
    const remedy = `Read ${this.id}'s log in the run directory.`;
    return { what: `${this.id} to ${what}`, timeoutMs, signal, remedy };
  }
}
