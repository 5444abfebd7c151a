import type { Effect } from "../core/effects.ts";
import { stages } from "../core/stages.ts";
import { formatFlag, type Version } from "../core/version.ts";
import { Cluster } from "./cluster.ts";
import { emptyDisk, type TaskDisk } from "./disk.ts";
import { Life, type LifeEnd, type LostAnswer } from "./life.ts";
import { partitions, type Death, type Outcome, type TaskName, type Trial } from "./trial.ts";

/** Records of one poll. */
export const batch = 5;
const limits = { maxPerTransaction: 2, checkpointEvery: 2, keepCheckpoints: 2, rereadsMax: 3 };
/** More effects than any trial takes: a job that needs more does not get on. */
const stepsMax = 3_000;
const noFlags: ReadonlySet<string> = new Set();
const formatActive: ReadonlySet<string> = new Set([formatFlag]);

/** A start of a task on a member. */
export interface Start {
  readonly member: string;
  readonly version: Version;
  /** Source offset from which it leaves in good order; null: the end of the input. */
  readonly leaveFrom: number | null;
}

/** A cluster, the members' disks, and the lives that tasks have on them. */
export class World implements Outcome {
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

  /** The group gives the task to this member, which begins to open it. */
  start({ stage, partition }: TaskName, { member, version, leaveFrom }: Start): Life {
    const { strategy, flagFrom } = this.trial;
    this.#starts += 1;
    const disk = this.disks.get(`${member}/${stage}-${partition}`) ?? emptyDisk();
    this.disks.set(`${member}/${stage}-${partition}`, disk);
    const owner = `${member}/${this.#starts}`;
    this.cluster.assign(stages[stage].group, partition, owner);
    const { topics } = stages[stage];
    const writer = `${owner}/${version.name}`;
    const context = { stage: stages[stage], topics, partition, partitions, version, writer, strategy, ...limits };
    return new Life(
      {
        context,
        cluster: this.cluster,
        disk,
        owner,
        unique: String(this.#starts),
        session: null,
        position: 0,
        fetchedTo: null,
      },
      {
        leaveFrom,
        batch,
        activeFlags: (position) => (flagFrom !== null && position >= flagFrom ? formatActive : noFlags),
      },
    );
  }

  /** One effect of a life; null when it has ended. */
  step(life: Life, lost?: LostAnswer): Effect["kind"] | null {
    this.#steps += 1;
    if (this.#steps > stepsMax) throw new Error(`No end after ${stepsMax} effects.`);
    return life.step(lost)?.kind ?? null;
  }

  finish(life: Life): LifeEnd | null {
    while (life.end === null) this.step(life);
    return life.end;
  }

  /** Whether a life that left had come to the end of its input. */
  isDone({ seat }: Life): boolean {
    const { topics, partition } = seat.context;
    return this.cluster.readCommitted(topics.source, partition, seat.position).length === 0;
  }

  /** What the dead process left on its disk. */
  recordDeath(task: TaskName, { seat }: Life): void {
    const committed = this.cluster.committedOffset(seat.context.stage.group, task.partition);
    this.deaths.push({ task, checkpoints: [...seat.disk.checkpoints.values()], committed });
  }
}
