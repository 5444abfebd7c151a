import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const trustDirtyStore: Mutant = {
  id: "M01",
  name: "trust-dirty-store",
  models: "KAFKA-7192, a store that a crash left dirty was not wiped, and the restore built upon it.",
  change: "`open` goes on with the store although CLEAN is missing.",
  needs: "a kill in the middle of a batch, the same disk kept.",
  flaggedBy: ["CK4", "ST1", "EO4"],
  strategy: {
    ...correct,
    restoredEntries: function* (entries) {
      const store = yield* perform({ kind: "store-load" });
      return store.size > 0 ? store : entries;
    },
  },
};
