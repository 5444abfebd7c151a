import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const downgradeOnlyOnClose: Mutant = {
  id: "M48",
  name: "downgrade-only-on-close",
  models:
    "Kafka Streams under exactly-once, whose .checkpoint file only a clean close writes (KIP-892), as the way to downgrade.",
  change: "v1 reads v2's state from a store that an orderly close left, and drops it where it restores from elsewhere.",
  needs: "a rollback behind a kill -9 of v2, or a task that comes back to another member.",
  flaggedBy: ["UP3", "UP2", "CK4", "ST1", "EO4"],
  strategy: {
    ...correct,
    *restoredEntries(entries, { version }) {
      yield* [];
      return version.name === "v1" ? new Map([...entries].filter(([, bytes]) => bytes[0] === 1)) : entries;
    },
  },
};
