import { done, perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const commitOnPoll: Mutant = {
  id: "M24",
  name: "commit-on-poll",
  models:
    "iggy#3847 and every client with auto-commit, a position committed when it was read and not when it was done.",
  change: "the consumer commits the end of a batch before the batch is processed; transactions carry no offsets.",
  needs: "a kill in the middle of a batch.",
  flaggedBy: ["OF2", "EO2"],
  strategy: {
    ...correct,
    acceptsPosition: () => true,
    onPoll: (last) => perform({ kind: "commit-offsets-plainly", nextOffset: last + 1 }),
    sendOffsets: () => done("ok"),
  },
};
