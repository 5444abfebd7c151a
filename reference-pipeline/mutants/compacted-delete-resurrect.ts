import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const compactedDeleteResurrect: Mutant = {
  id: "M38",
  name: "compacted-delete-resurrect",
  models: "the class of redpanda#15672 on the side of the state: removed keys come back.",
  change: "a restore ignores tombstones.",
  needs: "a restore over the tombstone of a key that was set before.",
  flaggedBy: ["ST1", "CK4", "EO4", "EO3"],
  strategy: {
    ...correct,
    restores: ({ aborted, value }) => !aborted && value !== null,
  },
};
