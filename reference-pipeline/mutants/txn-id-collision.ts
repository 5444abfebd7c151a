import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const txnIdCollision: Mutant = {
  id: "M37",
  name: "txn-id-collision",
  models: "a job whose instances share one prefix of transactional ids, as with Flink's when it is not unique.",
  change: "all tasks of all members take the same transactional id, and fence one another.",
  needs: "two tasks with input at the same time.",
  flaggedBy: ["LV1", "LV3"],
  strategy: {
    ...correct,
    identity: "job",
  },
};
