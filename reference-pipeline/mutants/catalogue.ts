import { correct, type Strategy } from "../core/strategy.ts";
import { checkpointBeforeCommit } from "./checkpoint-before-commit.ts";
import { checkpointWrittenNotRestored } from "./checkpoint-written-not-restored.ts";
import { commitOnPoll } from "./commit-on-poll.ts";
import { compactedDeleteResurrect } from "./compacted-delete-resurrect.ts";
import { dedupCacheNotLogged } from "./dedup-cache-not-logged.ts";
import { downgradeOnlyOnClose } from "./downgrade-only-on-close.ts";
import { eagerNewFormat } from "./eager-new-format.ts";
import { hungDrain } from "./hung-drain.ts";
import { latestWhenNone } from "./latest-when-none.ts";
import { leakyAbortFilter } from "./leaky-abort-filter.ts";
import { logAndSkipCommit } from "./log-and-skip-commit.ts";
import { noRollbackRead } from "./no-rollback-read.ts";
import { offByOne } from "./off-by-one.ts";
import { offByOneOnVelocity } from "./off-by-one-on-velocity.ts";
import { offsetsOutsideTxn } from "./offsets-outside-txn.ts";
import { orphanTxn } from "./orphan-txn.ts";
import { partitionerDrift } from "./partitioner-drift.ts";
import { purgeConsumed } from "./purge-consumed.ts";
import { readUncommittedSource } from "./read-uncommitted-source.ts";
import { restorePastCommit } from "./restore-past-commit.ts";
import { restoreReadsUncommitted } from "./restore-reads-uncommitted.ts";
import { revokeLate } from "./revoke-late.ts";
import { rollbackResetsOffsets } from "./rollback-resets-offsets.ts";
import { silentFormatChange } from "./silent-format-change.ts";
import { slowHandlerSkip } from "./slow-handler-skip.ts";
import { staleCleanWhileRunning } from "./stale-clean-while-running.ts";
import { tornCheckpoint } from "./torn-checkpoint.ts";
import { trustDirtyStore } from "./trust-dirty-store.ts";
import { txnIdCollision } from "./txn-id-collision.ts";
import { waitForMarker } from "./wait-for-marker.ts";
import { wipeWithoutSeek } from "./wipe-without-seek.ts";
import { zombieChangelog } from "./zombie-changelog.ts";
import { zombieCommitter } from "./zombie-committer.ts";
import type { Mutant } from "./mutant.ts";

/** The planted bugs, by number. */
export const mutants: readonly Mutant[] = [
  trustDirtyStore,
  staleCleanWhileRunning,
  checkpointWrittenNotRestored,
  restoreReadsUncommitted,
  wipeWithoutSeek,
  restorePastCommit,
  dedupCacheNotLogged,
  purgeConsumed,
  zombieChangelog,
  silentFormatChange,
  eagerNewFormat,
  noRollbackRead,
  zombieCommitter,
  latestWhenNone,
  offsetsOutsideTxn,
  logAndSkipCommit,
  orphanTxn,
  commitOnPoll,
  offByOne,
  offByOneOnVelocity,
  partitionerDrift,
  revokeLate,
  slowHandlerSkip,
  checkpointBeforeCommit,
  tornCheckpoint,
  readUncommittedSource,
  txnIdCollision,
  compactedDeleteResurrect,
  hungDrain,
  waitForMarker,
  leakyAbortFilter,
  rollbackResetsOffsets,
  downgradeOnlyOnClose,
];

/** The strategy of that name; null: the job without a planted bug; undefined: there is no such mutant. */
export function strategyOf(mutant: string | null): Strategy | undefined {
  return mutant === null ? correct : mutants.find(({ name }) => name === mutant)?.strategy;
}
