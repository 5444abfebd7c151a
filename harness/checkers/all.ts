import type { Checker } from "../model/finding.ts";
import { abortedMeansNone } from "./aborted-means-none.ts";
import { checkpointEqualsLabel } from "./checkpoint-equals-label.ts";
import { checkpointNotAheadOfCommit } from "./checkpoint-not-ahead-of-commit.ts";
import { commitExact } from "./commit-exact.ts";
import { committedMeansAll } from "./committed-means-all.ts";
import { fencing } from "./fencing.ts";
import { harnessHonesty } from "./harness-honesty.ts";
import { noDuplicateEffect } from "./no-duplicate-effect.ts";
import { noHangingTransaction } from "./no-hanging-transaction.ts";
import { noLostEffect } from "./no-lost-effect.ts";
import { noPhantom } from "./no-phantom.ts";
import { noTrustedDirtyState } from "./no-trusted-dirty-state.ts";
import { offsetMonotone } from "./offset-monotone.ts";
import { offsetNotAhead } from "./offset-not-ahead.ts";
import { oneOutcomePerTransaction } from "./one-outcome-per-transaction.ts";
import { perKeyOrder } from "./per-key-order.ts";
import { progress } from "./progress.ts";
import { startPosition } from "./start-position.ts";
import { stateEqualsFold } from "./state-equals-fold.ts";
import { valueExact } from "./value-exact.ts";

/** Every checker, in the order of invariants.md. */
export const checkers: readonly Checker<unknown>[] = [
  noDuplicateEffect,
  noLostEffect,
  noPhantom,
  valueExact,
  perKeyOrder,
  committedMeansAll,
  abortedMeansNone,
  oneOutcomePerTransaction,
  offsetMonotone,
  offsetNotAhead,
  startPosition,
  checkpointNotAheadOfCommit,
  checkpointEqualsLabel,
  commitExact,
  noTrustedDirtyState,
  stateEqualsFold,
  fencing,
  progress,
  noHangingTransaction,
  harnessHonesty,
];
