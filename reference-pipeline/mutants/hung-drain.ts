import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const hungDrain: Mutant = {
  id: "M40",
  name: "hung-drain",
  models: "a member that cannot be drained under load, and is killed by whoever asked for its end.",
  change: "on SIGTERM the member goes on until no input has come for two seconds.",
  needs: "an orderly stop under load.",
  flaggedBy: ["LV3"],
  strategy: {
    ...correct,
    drainsOnlyWhenIdle: true,
  },
};
