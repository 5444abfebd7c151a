import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const checkpointBeforeCommit: Mutant = {
  id: "M33",
  name: "checkpoint-before-commit",
  models: "the order bug of two-phase commits, a snapshot published before the transaction that it covers is decided.",
  change: "a checkpoint that is due is written before the commit.",
  needs: "a kill between the two (points `mid-checkpoint`, `after-checkpoint`, `before-commit`).",
  flaggedBy: ["CK1"],
  strategy: {
    ...correct,
    checkpointsBeforeCommit: true,
  },
};
