import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const slowHandlerSkip: Mutant = {
  id: "M31",
  name: "slow-handler-skip",
  models:
    "ckjs#528 and #517, a handler that takes longer than the poll interval makes the client drop what it had fetched.",
  change: "after a batch that took longer than half a second, the batch that was fetched next is passed over.",
  needs: "no fault of the pipeline's: batches that take long, as over a slow link.",
  flaggedBy: ["EO2", "OF2", "OR3", "CK3"],
  strategy: {
    ...correct,
    dropsFetchedAfterMs: 500,
  },
};
