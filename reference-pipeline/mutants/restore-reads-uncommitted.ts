import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const restoreReadsUncommitted: Mutant = {
  id: "M04",
  name: "restore-reads-uncommitted",
  models: "KAFKA-9891 and KAFKA-9832, a store restored with what an aborted transaction wrote to its changelog.",
  change: "a restore applies aborted records of the changelog too.",
  needs: "an aborted transaction in the changelog, and a restore that reads over it.",
  flaggedBy: ["CK4", "ST1", "EO4"],
  strategy: {
    ...correct,
    acceptsPosition: () => true,
    restores: () => true,
  },
};
