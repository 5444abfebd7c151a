import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const dedupCacheNotLogged: Mutant = {
  id: "M08",
  name: "dedup-cache-not-logged",
  models: "kafka#12540, ids that were seen are kept in a cache and reach the changelog only now and then.",
  change: "stage velocity writes its state to the changelog with every fifth commit only.",
  needs: "a task that another member takes over.",
  flaggedBy: ["ST1", "EO1"],
  strategy: {
    ...correct,
    logged: (changes, { commit, context, state, version }) => {
      const [change] = changes.values();
      if (change === undefined || context.stage.name !== "velocity") return changes;
      if (commit % flushEvery !== 0) return new Map();
      const { cause } = change;
      const kept = [...state].map(
        ([key, one]) => [key, { state: one, bytes: version.encode(key, one), cause }] as const,
      );
      return new Map([...kept, ...changes]);
    },
  },
};

const flushEvery = 5;
