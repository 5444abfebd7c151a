/**
 * M01 trust-dirty-store.
 * Models: KAFKA-7192, a store that a crash left dirty was not wiped, and the restore built upon it.
 * Change: `open` goes on with the store although CLEAN is missing.
 * Needs: a kill in the middle of a batch, the same disk kept.
 * Flagged by: CK4, ST1, EO4.
 */
import { perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const trustDirtyStore: Strategy = {
  ...correct,
  restoredEntries: function* (entries) {
    const store = yield* perform({ kind: "store-load" });
    return store.size > 0 ? store : entries;
  },
};
