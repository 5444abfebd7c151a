import type { Checkpoint } from "./checkpoint.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import {
  done,
  perform,
  type Answer,
  type ChangelogRecord,
  type Identity,
  type Job,
  type OutRecord,
  type ReadingEnd,
  type Sent,
} from "./effects.ts";
import { partitionOf } from "./partitioner.ts";
import type { StageName } from "./stage.ts";
import type { OpenTask, Restoring, TaskContext } from "./task.ts";
import type { Changes } from "./transaction.ts";
import type { Version } from "./version.ts";

/** State bytes by key, as store and checkpoints hold them. */
export type Entries = ReadonlyMap<string, Uint8Array>;

/**
 * The decisions of the job that a planted bug may override. A mutant is `{ ...correct, <a few members> }`, at most ten
 * lines; anyone may bring one. Core and drivers ask the strategy and never look at its name.
 */
export interface Strategy extends OpenStrategy, TransactionStrategy, CheckpointStrategy, CloseStrategy, DriverStrategy {
  /** The version that this job runs: a broken codec or format is planted here. */
  version(version: Version): Version;
  /** Whose transactional id a task's producer takes. */
  readonly identity: Identity;
}

/** How a task is taken over. */
interface OpenStrategy {
  /** CLEAN is removed before an opened task may write to its store. */
  readonly removesCleanAtOpen: boolean;
  /** Where a task without a committed offset begins. */
  firstOffset(): Job<number>;
  /** Where an opened task goes on, when `next` is what committed offset or policy say. */
  startAt(next: number): Job<number>;
  /** Which records of the changelog a restore applies. */
  restores(record: ChangelogRecord): boolean;
  readonly changelogEndsOn: ReadingEnd;
  /** The state to go on with after a restore from checkpoint and changelog. */
  restoredEntries(entries: Entries, restored: Restored): Job<Entries>;
  /** After the store was replaced by what was restored. */
  afterRestore(): Job<void>;
  /** Whether a restored position fits the committed offset (null: none); if not, the changelog is read again. */
  acceptsPosition(restored: number | null, committed: number | null): boolean;
  /** The task is taken away in the middle of a restore. */
  onLeaveRestore(restoring: Restoring): Job<void>;
}

/** What a restore is of. */
export interface Restored {
  readonly context: TaskContext;
  readonly version: Version;
  readonly committed: number | null;
}

interface TransactionStrategy {
  /** Before the first transaction of a batch whose last offset is `last`. */
  onPoll(last: number): Job<Answer>;
  /** The partition of a sink record, of `partitions`. */
  partitionOf(key: string, partitions: number, version: Version): number;
  /** Next offset to commit when `last` is the last source offset of the transaction. */
  nextOffset(last: number, stage: StageName): number;
  /** The state changes that the transaction writes to the changelog. */
  logged(changes: Changes, task: OpenTask): Changes;
  sendChangelog(topic: string, partition: number, records: readonly OutRecord[]): Job<Sent>;
  /** The transaction's offset commit. */
  sendOffsets(nextOffset: number): Job<Answer>;
  /** The commit; any answer but ok loses the task. */
  commit(): Job<Answer>;
  /** After a commit and its `after-commit` point. */
  afterCommit(nextOffset: number): Job<Answer>;
}

interface CheckpointStrategy {
  /** A checkpoint that is due is taken before the commit. */
  readonly checkpointsBeforeCommit: boolean;
  /** Makes `bytes` checkpoint `n`. */
  writeCheckpoint(n: number, bytes: Uint8Array): Job<void>;
  /** The checkpoint in a file's bytes; null: it is not sound. */
  readCheckpoint(bytes: Uint8Array): Checkpoint | null;
}

interface CloseStrategy {
  /** At the start of a close, between transactions. */
  onClose(task: OpenTask): Job<void>;
  /** At the start of a close of a task that was lost: it was fenced, or nobody knows how its commit ended. */
  onCloseLost(task: OpenTask): Job<void>;
}

/** What the driver around the core decides. */
interface DriverStrategy {
  /** The driver leaves kafkajs's own filter of aborted records in place. */
  readonly keepsKafkajsAbortFilter: boolean;
  readsUncommitted(version: Version, stage: StageName): boolean;
  /** After a batch that took longer than this, ms, the batch that was fetched next is dropped; null: never. */
  readonly dropsFetchedAfterMs: number | null;
  /** On SIGTERM the member goes on until no input has come for a while. */
  readonly drainsOnlyWhenIdle: boolean;
}

/** The job without a planted bug. */
export const correct: Strategy = {
  version: (version) => version,
  identity: "task",

  removesCleanAtOpen: true,
  firstOffset: () => perform({ kind: "source-start" }),
  startAt: (next) => done(next),
  restores: ({ aborted }) => !aborted,
  changelogEndsOn: "position",
  restoredEntries: (entries) => done(entries),
  afterRestore: () => done(undefined),
  acceptsPosition: (restored, committed) => restored === committed,
  onLeaveRestore: () => done(undefined),

  onPoll: () => done("ok"),
  partitionOf: (key, partitions) => partitionOf(key, partitions),
  nextOffset: (last) => last + 1,
  logged: (changes) => changes,
  sendChangelog: (topic, partition, records) => perform({ kind: "send", topic, partition, records }),
  sendOffsets: (nextOffset) => perform({ kind: "send-offsets", nextOffset }),
  commit: () => perform({ kind: "commit" }),
  afterCommit: () => done("ok"),

  checkpointsBeforeCommit: false,
  writeCheckpoint: function* (n, bytes) {
    yield* perform({ kind: "checkpoint-write", n, bytes });
    yield* perform({ kind: "point", point: "mid-checkpoint" });
    yield* perform({ kind: "checkpoint-publish", n });
  },
  readCheckpoint: (bytes) => decodeCheckpoint(bytes),

  onClose: () => done(undefined),
  onCloseLost: () => done(undefined),

  keepsKafkajsAbortFilter: false,
  readsUncommitted: () => false,
  dropsFetchedAfterMs: null,
  drainsOnlyWhenIdle: false,
};
