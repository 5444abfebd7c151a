import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const leakyAbortFilter: Mutant = {
  id: "M46",
  name: "leaky-abort-filter",
  models:
    "kafkajs's filterAbortedMessages, which takes the broker's list of aborted transactions to be sorted by offset.",
  change: "the driver leaves that filter in place where stage `settlement` reads.",
  needs: "a member killed with several open tasks of stage `velocity`, so that aborted transactions overlap.",
  flaggedBy: ["EO3", "TX2"],
  strategy: {
    ...correct,
    keepsKafkajsAbortFilter: true,
  },
};
