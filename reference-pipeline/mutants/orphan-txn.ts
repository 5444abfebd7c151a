import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const orphanTxn: Mutant = {
  id: "M22",
  name: "orphan-txn",
  models:
    "FLINK-23854 and FLINK-40626, transactional ids that differ per start, so nobody aborts what a predecessor left open.",
  change: "the transactional id differs per start.",
  needs: "a kill with a transaction open, in a scenario whose budget is shorter than the transaction time-out.",
  flaggedBy: ["LV2", "LV3"],
  strategy: {
    ...correct,
    identity: "start",
  },
};
