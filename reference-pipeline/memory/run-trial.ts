import type { Effect } from "../core/effects.ts";
import { stages } from "../core/stages.ts";
import { formatFlag, type Version } from "../core/version.ts";
import { Cluster } from "./cluster.ts";
import { emptyDisk, type TaskDisk } from "./disk.ts";
import { Life, type LifeEnd, type LostAnswer } from "./life.ts";
import { partitions, type Death, type Injury, type Outcome, type TaskName, type Trial } from "./trial.ts";

const batch = 5;
const maxPerTransaction = 2;
const checkpointEvery = 2;
const keepCheckpoints = 2;
const rereadsMax = 3;
/** More effects than any trial takes: a job that needs more does not get on. */
const stepsMax = 3_000;
const noFlags: ReadonlySet<string> = new Set();
const formatActive: ReadonlySet<string> = new Set([formatFlag]);

/** Runs a trial to the end of its input. Throws what the core throws, and when the job does not get on. */
export function runTrial(trial: Trial, injuries: ReadonlyMap<TaskName, readonly Injury[]>): Outcome {
  const world = new World(trial);
  for (const task of trial.tasks) world.run(task, injuries.get(task) ?? []);
  return world;
}

class World implements Outcome {
  readonly trial: Trial;
  readonly cluster: Cluster;
  readonly disks = new Map<string, TaskDisk>();
  readonly deaths: Death[] = [];
  readonly effects = new Map<TaskName, Effect["kind"][]>();
  hung = 0;
  #starts = 0;
  #steps = 0;

  constructor(trial: Trial) {
    this.trial = trial;
    this.cluster = new Cluster(trial.sources);
  }

  /** Member 1 leads the task to the end of its input, with one orderly restart in the middle, at the later release. */
  run(task: TaskName, injuries: readonly Injury[]): void {
    const effects: Effect["kind"][] = [];
    this.effects.set(task, effects);
    let restartAt: number | null = this.#middle(task);
    let life = this.#start(task, { member: "member-1", version: this.trial.from, leaveFrom: restartAt });
    for (;;) {
      const lost = injuries.find((one) => one.kind === "answer-lost" && one.at === effects.length + 1);
      const effect = this.#step(life, lost?.kind === "answer-lost" ? lost.effect : undefined);
      if (effect === null) {
        if (life.end === "left" && this.#isDone(life)) break;
        if (life.end === "left") restartAt = null;
        const version = life.end === "left" ? this.trial.to : life.seat.context.version;
        life = this.#start(task, { member: "member-1", version, leaveFrom: restartAt });
        continue;
      }
      effects.push(effect);
      const injury = injuries.find((one) => one.kind !== "answer-lost" && one.after === effects.length);
      if (injury === undefined) continue;
      const successor = this.#injure(task, injury.kind, life, restartAt);
      if (successor === null) break;
      life = successor;
    }
    this.hung += this.cluster.expireTransactions();
  }

  /** The life with which member 1 goes on; null when member 2 led the task to its end. */
  #injure(task: TaskName, kind: Injury["kind"], old: Life, leaveFrom: number | null): Life | null {
    const { to } = this.trial;
    if (kind === "crash") {
      this.#recordDeath(task, old);
      return this.#start(task, { member: "member-1", version: to, leaveFrom });
    }
    let other = this.#start(task, { member: "member-2", version: to, leaveFrom: null });
    const from = other.seat.position;
    while (other.end === null && other.seat.position < from + batch) this.#step(other);
    old.revoke();
    if (kind === "takeover-and-back") {
      other.revoke();
      this.#finish(other);
      this.#finish(old);
      return this.#start(task, { member: "member-1", version: old.seat.context.version, leaveFrom });
    }
    this.#finish(old);
    // The old owner may have been paused before its fence, and then fences the other, who owns the task and opens it again.
    while (this.#finish(other) !== "left")
      other = this.#start(task, { member: "member-2", version: to, leaveFrom: null });
    return null;
  }

  #start(
    { stage, partition }: TaskName,
    as: { readonly member: string; readonly version: Version; readonly leaveFrom: number | null },
  ): Life {
    const { strategy, flagFrom } = this.trial;
    this.#starts += 1;
    const name = `${as.member}/${stage}-${partition}`;
    const disk = this.disks.get(name) ?? emptyDisk();
    this.disks.set(name, disk);
    const owner = `${as.member}/${this.#starts}`;
    this.cluster.assign(stages[stage].group, partition, owner);
    const context = {
      stage: stages[stage],
      topics: stages[stage].topics,
      partition,
      partitions,
      version: as.version,
      writer: `${owner}/${as.version.name}`,
      strategy,
      maxPerTransaction,
      checkpointEvery,
      keepCheckpoints,
      rereadsMax,
    };
    return new Life(
      { context, cluster: this.cluster, disk, owner, unique: String(this.#starts), session: null, position: 0 },
      {
        leaveFrom: as.leaveFrom,
        batch,
        activeFlags: (position) => (flagFrom !== null && position >= flagFrom ? formatActive : noFlags),
      },
    );
  }

  #step(life: Life, lost?: LostAnswer): Effect["kind"] | null {
    this.#steps += 1;
    if (this.#steps > stepsMax) throw new Error(`No end after ${stepsMax} effects.`);
    return life.step(lost)?.kind ?? null;
  }

  #finish(life: Life): LifeEnd | null {
    while (life.end === null) this.#step(life);
    return life.end;
  }

  #isDone({ seat }: Life): boolean {
    const { topics, partition } = seat.context;
    return this.cluster.readCommitted(topics.source, partition, seat.position).length === 0;
  }

  #middle({ stage, partition }: TaskName): number {
    const source = this.cluster.readCommitted(stages[stage].topics.source, partition, 0);
    return source[Math.floor(source.length / 2)]?.offset ?? 0;
  }

  #recordDeath(task: TaskName, { seat }: Life): void {
    const committed = this.cluster.committedOffset(seat.context.stage.group, task.partition);
    this.deaths.push({ task, checkpoints: [...seat.disk.checkpoints.values()], committed });
  }
}
