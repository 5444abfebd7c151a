import { done, perform, type Answer, type Job } from "./effects.ts";
import type { OpenTask } from "./task.ts";
import type { Version } from "./version.ts";

/** State bytes by key, as store and checkpoints hold them. */
export type Entries = ReadonlyMap<string, Uint8Array>;

/**
 * The decisions of the job that a planted bug may override. A mutant is `{ ...correct, <a few members> }`, at most ten
 * lines; anyone may bring one. Core and drivers ask the strategy and never look at its name.
 */
export interface Strategy {
  /** The version that this job runs: a broken codec is planted here. */
  version(version: Version): Version;
  /** The driver's transactional id of a task. `base` is the same for all owners; `unique` differs per start. */
  transactionalId(base: string, unique: string): string;
  /** CLEAN is removed before an opened task may write to its store. */
  readonly removesCleanAtOpen: boolean;
  /** The state to go on with after a restore from checkpoint and changelog. */
  restoredEntries(entries: Entries): Job<Entries>;
  /** After the store was replaced by what was restored. */
  afterRestore(): Job<void>;
  /** Whether a restored position fits the committed offset (null: none); if not, the changelog is read again. */
  acceptsPosition(restored: number | null, committed: number | null): boolean;
  /** Before the first transaction of a batch whose last offset is `last`. */
  onPoll(last: number): Job<Answer>;
  /** Next offset to commit when `last` is the last source offset of the transaction. */
  nextOffset(last: number): number;
  /** The transaction's offset commit. */
  sendOffsets(nextOffset: number): Job<Answer>;
  /** The commit; any answer but ok loses the task. */
  commit(): Job<Answer>;
  /** A checkpoint that is due is taken before the commit. */
  readonly checkpointsBeforeCommit: boolean;
  /** After a commit and its `after-commit` point. */
  afterCommit(nextOffset: number): Job<Answer>;
  /** At the start of a close, between transactions. */
  onClose(task: OpenTask): Job<void>;
  /** The driver leaves kafkajs's own filter of aborted records in place. */
  readonly keepsKafkajsAbortFilter: boolean;
}

/** The job without a planted bug. */
export const correct: Strategy = {
  version: (version) => version,
  transactionalId: (base) => base,
  removesCleanAtOpen: true,
  restoredEntries: (entries) => done(entries),
  afterRestore: () => done(undefined),
  acceptsPosition: (restored, committed) => restored === committed,
  onPoll: () => done("ok"),
  nextOffset: (last) => last + 1,
  sendOffsets: (nextOffset) => perform({ kind: "send-offsets", nextOffset }),
  commit: () => perform({ kind: "commit" }),
  checkpointsBeforeCommit: false,
  afterCommit: () => done("ok"),
  onClose: () => done(undefined),
  keepsKafkajsAbortFilter: false,
};
