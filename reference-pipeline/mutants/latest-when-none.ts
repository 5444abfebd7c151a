import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const latestWhenNone: Mutant = {
  id: "M16",
  name: "latest-when-none",
  models: "iceberg#18006 and FLINK-28303, a source without a committed offset begins at its end.",
  change: "without a committed offset a task begins at the end of its source.",
  needs: "a restart of a task before its first commit, with records in its source.",
  flaggedBy: ["OF3", "EO2"],
  strategy: {
    ...correct,
    firstOffset: () => perform({ kind: "source-end" }),
  },
};
