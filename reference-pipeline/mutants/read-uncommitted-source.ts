import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const readUncommittedSource: Mutant = {
  id: "M35",
  name: "read-uncommitted-source",
  models: "a slip in the configuration of a new release: the isolation level of one consumer is the default again.",
  change: "v2 reads the source of stage settlement uncommitted.",
  needs: "aborted transactions of stage velocity while v2 reads.",
  flaggedBy: ["EO3", "TX2"],
  strategy: {
    ...correct,
    readsUncommitted: (version, stage) => version.name === "v2" && stage === "settlement",
  },
};
