import { done, perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const offsetsOutsideTxn: Mutant = {
  id: "M18",
  name: "offsets-outside-txn",
  models: "the class of KAFKA-17507, offsets committed apart from the effects that they stand for.",
  change: "the consumer commits the next offset after the transaction's commit, instead of sendOffsets in it.",
  needs: "a kill between the two (point `after-commit`), on a task of stage 2.",
  flaggedBy: ["CK3", "EO1", "EO2"],
  strategy: {
    ...correct,
    acceptsPosition: () => true,
    sendOffsets: () => done("ok"),
    afterCommit: (nextOffset) => perform({ kind: "commit-offsets-plainly", nextOffset }),
  },
};
