import { correct, type Strategy } from "../core/strategy.ts";
import { checkpointBeforeCommit } from "./checkpoint-before-commit.ts";
import { commitOnPoll } from "./commit-on-poll.ts";
import { leakyAbortFilter } from "./leaky-abort-filter.ts";
import { logAndSkipCommit } from "./log-and-skip-commit.ts";
import { offByOne } from "./off-by-one.ts";
import { offsetsOutsideTxn } from "./offsets-outside-txn.ts";
import { silentFormatChange } from "./silent-format-change.ts";
import { staleCleanWhileRunning } from "./stale-clean-while-running.ts";
import { trustDirtyStore } from "./trust-dirty-store.ts";
import { zombieCommitter } from "./zombie-committer.ts";

/** The planted bugs, by the name that a scenario's `mutant` gives. */
export const mutants: ReadonlyMap<string, Strategy> = new Map([
  ["trust-dirty-store", trustDirtyStore],
  ["stale-clean-while-running", staleCleanWhileRunning],
  ["silent-format-change", silentFormatChange],
  ["zombie-committer", zombieCommitter],
  ["offsets-outside-txn", offsetsOutsideTxn],
  ["commit-on-poll", commitOnPoll],
  ["off-by-one", offByOne],
  ["checkpoint-before-commit", checkpointBeforeCommit],
  ["leaky-abort-filter", leakyAbortFilter],
  ["log-and-skip-commit", logAndSkipCommit],
]);

/** The strategy of that name; null: the job without a planted bug; undefined: there is no such mutant. */
export function strategyOf(mutant: string | null): Strategy | undefined {
  return mutant === null ? correct : mutants.get(mutant);
}
