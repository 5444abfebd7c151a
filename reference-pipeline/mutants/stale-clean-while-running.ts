import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const staleCleanWhileRunning: Mutant = {
  id: "M02",
  name: "stale-clean-while-running",
  models: "KAFKA-20685 and KAFKA-10362, a mark of a clean shutdown that outlives the start it belongs to.",
  change:
    "an empty CLEAN is written at the end of a restore, not removed at open, and `open` trusts its presence alone.",
  needs: "kill -9 with a transaction open, the same disk kept.",
  flaggedBy: ["CK4", "ST1", "EO4"],
  strategy: {
    ...correct,
    removesCleanAtOpen: false,
    restoredEntries: function* (entries) {
      const clean = yield* perform({ kind: "clean-read" });
      return clean === null ? entries : yield* perform({ kind: "store-load" });
    },
    afterRestore: () => perform({ kind: "clean-write", content: "" }),
  },
};
