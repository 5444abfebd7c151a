import type { Checker } from "./checker.ts";
import { abortedMeansNone } from "./transactions/aborted-means-none.ts";
import { backOut } from "./upgrade/back-out.ts";
import { boundedUnavailability } from "./liveness/bounded-unavailability.ts";
import { checkpointEqualsLabel } from "./state/checkpoint-equals-label.ts";
import { checkpointNotAheadOfCommit } from "./state/checkpoint-not-ahead-of-commit.ts";
import { commitExact } from "./offsets/commit-exact.ts";
import { committedMeansAll } from "./transactions/committed-means-all.ts";
import { finaliseBarrier } from "./upgrade/finalise-barrier.ts";
import { contiguity } from "./offsets/contiguity.ts";
import { fencing } from "./transactions/fencing.ts";
import { forwardRead } from "./upgrade/forward-read.ts";
import { harnessHonesty } from "./honesty/harness-honesty.ts";
import { logAgreement } from "./effects/log-agreement.ts";
import { mixedWindow } from "./upgrade/mixed-window.ts";
import { noDuplicateEffect } from "./effects/no-duplicate-effect.ts";
import { noHangingTransaction } from "./liveness/no-hanging-transaction.ts";
import { noLostEffect } from "./effects/no-lost-effect.ts";
import { noPhantom } from "./effects/no-phantom.ts";
import { noReadBeforeCommit } from "./transactions/no-read-before-commit.ts";
import { noTrustedDirtyState } from "./state/no-trusted-dirty-state.ts";
import { offsetMonotone } from "./offsets/offset-monotone.ts";
import { offsetNotAhead } from "./offsets/offset-not-ahead.ts";
import { oneOutcomePerTransaction } from "./transactions/one-outcome-per-transaction.ts";
import { partitioningStable } from "./upgrade/partitioning-stable.ts";
import { perKeyOrder } from "./effects/per-key-order.ts";
import { progress } from "./liveness/progress.ts";
import { restoreBound } from "./state/restore-bound.ts";
import { retentionSafety } from "./offsets/retention-safety.ts";
import { singleWriter } from "./state/single-writer.ts";
import { startPosition } from "./offsets/start-position.ts";
import { stateEqualsFold } from "./state/state-equals-fold.ts";
import { valueExact } from "./effects/value-exact.ts";

/** Every checker, in the order of invariants.md. */
export const checkers: readonly Checker<unknown>[] = [
  noDuplicateEffect,
  noLostEffect,
  noPhantom,
  valueExact,
  perKeyOrder,
  logAgreement,
  contiguity,
  committedMeansAll,
  abortedMeansNone,
  oneOutcomePerTransaction,
  noReadBeforeCommit,
  offsetMonotone,
  offsetNotAhead,
  startPosition,
  retentionSafety,
  checkpointNotAheadOfCommit,
  checkpointEqualsLabel,
  commitExact,
  noTrustedDirtyState,
  stateEqualsFold,
  singleWriter,
  fencing,
  partitioningStable,
  forwardRead,
  mixedWindow,
  backOut,
  finaliseBarrier,
  progress,
  noHangingTransaction,
  boundedUnavailability,
  restoreBound,
  harnessHonesty,
];
