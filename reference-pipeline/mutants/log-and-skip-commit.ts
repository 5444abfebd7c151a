import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const logAndSkipCommit: Mutant = {
  id: "M21",
  name: "log-and-skip-commit",
  models:
    "FLINK-24131 and the warning of FLINK-30068, a commit that fails is logged and the job goes on as if it had happened.",
  change:
    "after a commit that fails, the next transaction is begun with a new producer, upon the state of the lost one.",
  needs: "a commit that fails and does not happen (the connection breaks, or the transaction times out).",
  flaggedBy: ["EO2", "OF2", "CK1"],
  strategy: {
    ...correct,
    commit: function* () {
      let answer = yield* perform({ kind: "commit" });
      if (answer === "ok") return answer;
      yield* perform({ kind: "testify", said: "commit-skipped", body: { answer } });
      for (answer = "unknown"; answer === "unknown"; answer = yield* perform({ kind: "fence", identity: "task" }))
        yield* perform({ kind: "wait-before-reread", attempt: 1 });
      return answer;
    },
  },
};
