import type { Effect } from "../core/effects.ts";
import type { StageName } from "../core/stage.ts";
import type { Strategy } from "../core/strategy.ts";
import type { Version } from "../core/version.ts";
import type { Cluster } from "./cluster.ts";
import type { TaskDisk } from "./disk.ts";
import type { LostAnswer } from "./life.ts";
import type { PartitionLog } from "./log.ts";

/** What is tried: tasks of a job, each rolled from one release to another in the middle of its input. */
export interface Trial {
  readonly strategy: Strategy;
  readonly from: Version;
  readonly to: Version;
  /** Source offset from which the format flag is active; null: never. */
  readonly flagFrom: number | null;
  /** Logs that there are before the first task runs; the trial writes to none of them. */
  readonly sources: readonly Source[];
  /** Run one after the other. */
  readonly tasks: readonly TaskName[];
}
export interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly log: PartitionLog;
}
export interface TaskName {
  readonly stage: StageName;
  readonly partition: number;
}

/** What goes wrong in a task. `after`, `at`: number of the effect among those of its first member, from 1. */
export type Injury =
  /** The process dies after the effect and starts again on its disk. */
  | { readonly kind: "crash"; readonly after: number }
  /** The process is asked to end after the effect, leaves in good order, and starts again on its disk. */
  | { readonly kind: "stop"; readonly after: number }
  /** The process is paused after the effect, another member takes over, the old owner is resumed, the other goes on. */
  | { readonly kind: "takeover"; readonly after: number }
  /** The same, but the task comes back to the old owner and its disk. */
  | { readonly kind: "takeover-and-back"; readonly after: number }
  | { readonly kind: "answer-lost"; readonly at: number; readonly effect: LostAnswer };

/** What a trial left behind. */
export interface Outcome {
  readonly trial: Trial;
  readonly cluster: Cluster;
  /** By `<member>/<stage>-<partition>`. */
  readonly disks: ReadonlyMap<string, TaskDisk>;
  /** Checkpoint files at a process's death, and the committed offset then. */
  readonly deaths: readonly Death[];
  /** Transactions that only their time-out ended. */
  readonly hung: number;
  /** Effects of each task's first member, in order. */
  readonly effects: ReadonlyMap<TaskName, readonly Effect["kind"][]>;
}
export interface Death {
  readonly task: TaskName;
  readonly checkpoints: readonly Uint8Array[];
  readonly committed: number | null;
}

/** Partitions of every topic of a trial. */
export const partitions = 3;
