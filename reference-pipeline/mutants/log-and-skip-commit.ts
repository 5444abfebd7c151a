/**
 * M21 log-and-skip-commit.
 * Models: FLINK-24131 and the warning of FLINK-30068, a commit that fails is logged and the job goes on as if it had happened.
 * Change: after a commit that fails, the next transaction is begun with a new producer, upon the state of the lost one.
 * Needs: a commit that fails and does not happen (the connection breaks, or the transaction times out).
 * Flagged by: EO2, OF2; CK1 where a checkpoint is taken before the loss shows.
 */
import { perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const logAndSkipCommit: Strategy = {
  ...correct,
  commit: function* () {
    let answer = yield* perform({ kind: "commit" });
    if (answer === "ok") return answer;
    yield* perform({ kind: "testify", said: "commit-skipped", body: { answer } });
    for (answer = "unknown"; answer === "unknown"; answer = yield* perform({ kind: "fence" }))
      yield* perform({ kind: "wait-before-reread", attempt: 1 });
    return answer;
  },
};
