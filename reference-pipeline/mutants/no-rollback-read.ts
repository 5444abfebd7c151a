import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const noRollbackRead: Mutant = {
  id: "M14",
  name: "no-rollback-read",
  models: "ksql#5274 and #7310, an old release that cannot read the state of a newer one, and goes on all the same.",
  change: "v1 reads state of schema 2 without its count: n begins at 0 again.",
  needs: "a roll from v1 to v2 that is rolled back.",
  flaggedBy: ["UP3", "UP2", "EO4"],
  strategy: {
    ...correct,
    version: (version) =>
      version.name === "v1"
        ? {
            ...version,
            decode(stage, key, bytes) {
              const state = version.decode(stage, key, bytes);
              return bytes[0] === 2 && "n" in state ? { ...state, n: 0 } : state;
            },
          }
        : version,
  },
};
