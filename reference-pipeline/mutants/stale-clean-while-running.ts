/**
 * M02 stale-clean-while-running.
 * Models: KAFKA-20685 and KAFKA-10362, a mark of a clean shutdown that outlives the start it belongs to.
 * Change: an empty CLEAN is written at the end of a restore, not removed at open, and `open` trusts its presence alone.
 * Needs: kill -9 with a transaction open, the same disk kept.
 * Flagged by: CK4, ST1, EO4.
 */
import { perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const staleCleanWhileRunning: Strategy = {
  ...correct,
  removesCleanAtOpen: false,
  restoredEntries: function* (entries) {
    const clean = yield* perform({ kind: "clean-read" });
    return clean === null ? entries : yield* perform({ kind: "store-load" });
  },
  afterRestore: () => perform({ kind: "clean-write", content: "" }),
};
