import type { Position } from "./changelog.ts";
import type { Stage, StageTopics } from "./stage.ts";
import type { State } from "./state.ts";
import type { Entries, Strategy } from "./strategy.ts";
import type { Version } from "./version.ts";

/*
 * The life of a task, each step a generator of effects:
 *   openTask(context, opening): Job<Opened>                          open.ts
 *   leaveOpening(context, opening): Job<void>                        open.ts, where an open is broken off
 *   processBatch(task, records, activeFlags): Job<Processed>         process.ts, one transaction a call
 *   closeTask(task): Job<void>                                       close.ts
 * A driver never runs two jobs of one task at a time in one process: an old owner is closed before the next open.
 */

/** What a task is told when it is opened. */
export interface TaskContext {
  readonly stage: Stage;
  readonly topics: StageTopics;
  /** The source partition. */
  readonly partition: number;
  /** Partitions of every topic of the job. */
  readonly partitions: number;
  readonly version: Version;
  /** `<member>/<incarnation>/<version>`; the core adds `/<format>`. */
  readonly writer: string;
  readonly strategy: Strategy;
  /** Source records of one transaction, at most. */
  readonly maxPerTransaction: number;
  /** A checkpoint after every so many commits of this owner, and at close. */
  readonly checkpointEvery: number;
  /** Checkpoint files left on disk, the newest. */
  readonly keepCheckpoints: number;
  /** Readings of the changelog in one open before a position that disagrees is a failure. */
  readonly rereadsMax: number;
}

/** How far an open has come; only the core writes to it. A driver that breaks an open off hands it to `leaveOpening`. */
export interface Opening {
  restoring: Restoring | null;
}

/** A restore between its first and its last reading of the changelog. What it holds is the state of no commit. */
export interface Restoring {
  readonly version: Version;
  readonly entries: Entries;
  readonly position: Position | null;
  readonly committed: number | null;
  /** The changelog's end, as the restore means to reach it. */
  readonly changelogEnd: number;
}

/** A task that this member owns, as far as it knows. Made by `openTask`; only the core writes to it. */
export interface OpenTask {
  readonly context: TaskContext;
  /** The version as the strategy left it. */
  readonly version: Version;
  /** State after the last commit known to have happened. */
  readonly state: Map<string, State>;
  /** Next source offset to process. */
  next: number;
  /** Commits of the task so far, by all owners. */
  commit: number;
  /** Nothing of commit `commit` or an earlier one lies at or behind this changelog offset. */
  changelogNext: number;
  /** Number of the newest checkpoint of this state on this disk; null: none written or loaded. */
  checkpoint: number | null;
  commitsSinceCheckpoint: number;
  phase: TaskPhase;
}

/**
 * `between`: state, store and committed offset agree. `in-transaction`: the store is ahead of `state`.
 * `lost`: fenced, or the outcome of a commit is unknown; only a new open can say what holds. `closed`: done.
 */
export type TaskPhase = "between" | "in-transaction" | "lost" | "closed";

/** Answer of `openTask`. `unknown`: make a new producer and open again. */
export type Opened =
  { readonly kind: "open"; readonly task: OpenTask } | { readonly kind: "fenced" } | { readonly kind: "unknown" };

/**
 * Answer of `processBatch`. `processed`: the first `consumed` of the records are done, `next` is the next source offset; call
 * again with the rest. `fenced`: leave the handler and rejoin, never re-initialise. `unknown`: drop producer and task, open again.
 */
export type Processed =
  | { readonly kind: "processed"; readonly consumed: number; readonly next: number }
  | { readonly kind: "fenced" }
  | { readonly kind: "unknown" };
