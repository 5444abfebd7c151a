import { setTimeout as sleep } from "node:timers/promises";
import { closeTask } from "../core/close.ts";
import { leaveOpening, openTask } from "../core/open.ts";
import { processBatch } from "../core/process.ts";
import type { SourceInput } from "../core/stage.ts";
import type { Opened, Processed, TaskContext } from "../core/task.ts";
import { wordsOf } from "./answers.ts";
import type { TaskHealth } from "./control.ts";
import { drive } from "./drive.ts";
import { Owner, type OwnerWorld } from "./owner.ts";
import { KafkaUnavailable, Superseded } from "./patience.ts";

export interface TaskHost {
  readonly context: TaskContext;
  readonly world: OwnerWorld;
  /** How long a superseded owner's last call to Kafka is waited for before its task is left unsaved. */
  readonly lastCallMs: number;
  /** Whether the group can still hold this member for the task's owner. */
  isLivingMember(): boolean;
  /** The task is fenced in this assignment: only a new one may open it. */
  wantRejoin(): void;
  /** Nothing can go on: the process ends. */
  fail(error: unknown): void;
}

const reopenPauseMs = 100;
const lookEveryMs = 20;

/** One task of this member over its assignments: at any time at most one owner, the older ones closed before the next opens. */
export class Task {
  readonly #host: TaskHost;
  #owner: Owner | null = null;
  /** Resolves when the current owner is open, fenced or superseded. */
  #ready: Promise<void> = Promise.resolve();
  /** The current owner's job that is under way. */
  #running: Promise<unknown> = Promise.resolve();
  /** Closing of the owners so far. */
  #closed: Promise<void> = Promise.resolve();

  constructor(host: TaskHost) {
    this.#host = host;
  }

  get owner(): Owner | null {
    return this.#owner;
  }

  get ready(): Promise<void> {
    return this.#ready;
  }

  get health(): TaskHealth {
    const { stage, partition, points } = this.#host.world;
    const owner = this.#owner;
    return {
      stage,
      partition,
      state: points.isParked(`${stage}-${partition}`) ? "parked" : stateOf(owner),
      inputNext: owner?.task?.next ?? null,
      checkpointNext: owner?.checkpointNext ?? null,
    };
  }

  /** A new assignment holds this task: the old owner is superseded before this returns, the new one opens from here on. */
  assign(): void {
    void this.release();
    const owner = new Owner(this.#host.world);
    this.#owner = owner;
    this.#ready = this.#closed.then(() => this.#open(owner)).catch((error: unknown) => this.#host.fail(error));
    this.#running = this.#ready;
  }

  /** The task is no longer ours. What can be saved is; resolves when it is. */
  release(): Promise<void> {
    const owner = this.#owner;
    this.#owner = null;
    if (owner === null) return this.#closed;
    owner.supersede();
    const running = this.#running;
    this.#closed = this.#closed
      .then(() => this.#close(owner, running))
      .catch((error: unknown) => this.#host.fail(error));
    return this.#closed;
  }

  /** One transaction. Superseded when the owner is no longer this task's. */
  async process(owner: Owner, records: readonly SourceInput[], flags: ReadonlySet<string>): Promise<Processed> {
    owner.stillWanted();
    if (owner.task === null) throw new Superseded(`${owner.name} is not open.`);
    const job = drive(processBatch(owner.task, records, flags), owner.carryOut, owner.stillWanted);
    this.#running = job.catch(() => undefined);
    return await job;
  }

  /** After an answer that leaves the outcome unknown: another producer on the same id, and all state anew. */
  async reopen(owner: Owner): Promise<void> {
    owner.task = null;
    this.#ready = this.#open(owner);
    this.#running = this.#ready.catch(() => undefined);
    await this.#ready;
  }

  async #open(owner: Owner): Promise<void> {
    while (!owner.isSuperseded) {
      // A zombie must not take the task back from its new owner: it learns of its eviction before it may fence.
      if (!this.#host.isLivingMember()) {
        await sleep(lookEveryMs);
        continue;
      }
      const opened = await this.#tryOpen(owner);
      if (opened.kind === "open") {
        owner.task = opened.task;
        return;
      }
      if (opened.kind === "fenced") {
        owner.fenced = true;
        this.#host.wantRejoin();
        return;
      }
      owner.dropProducer();
      await sleep(reopenPauseMs);
    }
  }

  async #tryOpen(owner: Owner): Promise<Opened> {
    try {
      owner.opening = { restoring: null };
      return await drive(openTask(this.#host.context, owner.opening), owner.carryOut, owner.stillWanted);
    } catch (error) {
      if (error instanceof Superseded) {
        await drive(leaveOpening(this.#host.context, owner.opening), withoutPoints(owner), () => undefined);
        return { kind: "unknown" };
      }
      if (!(error instanceof KafkaUnavailable)) throw error;
      this.#host.world.testify("open-failed", owner.name, { why: error.message, error: wordsOf(error) });
      return { kind: "unknown" };
    }
  }

  async #close(owner: Owner, running: Promise<unknown>): Promise<void> {
    const isQuiet = await Promise.race([
      running.then(
        () => true,
        () => true,
      ),
      sleep(this.#host.lastCallMs, false),
    ]);
    // A call still under way could land after the abort of a close: leave it to the next fence, and save nothing.
    if (isQuiet && owner.task !== null) await drive(closeTask(owner.task), withoutPoints(owner), () => undefined);
    owner.task = null;
    owner.dropProducer();
  }
}

/** Points are of the commit cycle: a task that is leaving is not parked at its last checkpoint. */
function withoutPoints(owner: Owner): Owner["carryOut"] {
  return (effect) => (effect.kind === "point" ? undefined : owner.carryOut(effect));
}

function stateOf(owner: Owner | null): string {
  if (owner === null) return "closed";
  if (owner.fenced) return "fenced";
  return owner.task === null ? "opening" : "running";
}
