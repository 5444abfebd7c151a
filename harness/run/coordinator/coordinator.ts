import { RollproofError } from "../../base/errors.ts";
import type { Exit, Process } from "../../model/environment.ts";
import type { UpgradeOutcome } from "../../upgrade/engine.ts";
import { startCoordinatorProcess, type CoordinatorProcess } from "./incarnation.ts";
import { UpgradeDesk, type DeskOptions } from "./desk.ts";

export interface CoordinatorOptions extends Pick<DeskOptions, "recorder" | "signal" | "pingsMissedMax"> {
  /** File that gets what coordinators print. */
  readonly log: string;
}

/**
 * The upgrade's coordinator, a process of its own, and the one owner of its life: a fault may crash it and have the next one started,
 * which carries on from the journal. An end that no fault brought about ends the upgrade.
 */
export class Coordinator implements AsyncDisposable {
  readonly #options: CoordinatorOptions;
  /** Null: the upgrade has not begun. */
  #desk: UpgradeDesk | null = null;
  #latest: CoordinatorProcess | null = null;
  #isClosed = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  /** Carries the upgrade out, by one coordinator after the other. Rejects as `runUpgrade` does, and where one ended by itself. */
  async carryOut(upgrade: Pick<DeskOptions, "ways" | "beginning" | "hands">): Promise<UpgradeOutcome> {
    const { signal } = this.#options;
    const desk = new UpgradeDesk({ ...this.#options, ...upgrade });
    this.#desk = desk;
    const abort = (): void => desk.fail(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await this.#start(1, desk);
      return await desk.outcome;
    } finally {
      signal.removeEventListener("abort", abort);
      await this[Symbol.asyncDispose]();
    }
  }

  /** The version at which a member is to be brought up now, as far as the journal was reported; null: that of before the upgrade. */
  versionOf(member: string): string | null {
    return this.#desk?.versionOf(member) ?? null;
  }

  /** As a fault sees it; null: there is none, before the upgrade and after it. */
  target(): Process | null {
    return this.#isClosed ? null : this.#latest;
  }

  /** The coordinator after `after`, started unless it is there already. */
  async restart(after: Process, signal: AbortSignal): Promise<Process> {
    await after.ended;
    signal.throwIfAborted();
    const [latest, desk] = [this.#latest, this.#desk];
    if (latest !== null && latest.incarnation > after.incarnation) return latest;
    if (desk === null || this.#isClosed)
      throw new RollproofError("interrupted", "The upgrade is over: no coordinator is started any more.", {
        remedy: "None is needed.",
      });
    return await this.#start(after.incarnation + 1, desk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#desk?.[Symbol.dispose]();
    await this.#latest?.kill();
  }

  async #start(incarnation: number, desk: UpgradeDesk): Promise<Process> {
    const started: CoordinatorProcess = await startCoordinatorProcess({
      incarnation,
      log: this.#options.log,
      onMessage: (message) => desk.hear(message, started),
    });
    this.#latest = started;
    void started.ended.then(async (exit) => await this.#ended(started, exit));
    desk.serve(started);
    return started;
  }

  async #ended(process: CoordinatorProcess, exit: Exit): Promise<void> {
    this.#desk?.dismiss(process);
    const cause = process.isBlamed() ? "fault" : this.#isClosed ? "asked" : "unexpected";
    this.#options.recorder.record({ kind: "coordinator-ended", incarnation: process.incarnation, ...exit, cause });
    if (cause !== "unexpected") return;
    const how = exit.signal ?? `exit code ${exit.code}`;
    const message = `The upgrade's coordinator ended by itself (${how}). The end of its log:\n${await process.logTail()}`;
    this.#desk?.fail(
      new RollproofError("environment-unavailable", message, {
        remedy: "Read journals/coordinator.log in the run directory.",
      }),
    );
  }
}
