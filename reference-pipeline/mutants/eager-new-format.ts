import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const eagerNewFormat: Mutant = {
  id: "M13",
  name: "eager-new-format",
  models: "KAFKA-13769, KIP-904 and KAFKA-14646, a release that writes its new format before every reader knows it.",
  change: "v2 writes format 2 from its first commit on, whatever the flag says.",
  needs: "commits of v2 while v1 still runs.",
  flaggedBy: ["UP5", "UP2"],
  strategy: {
    ...correct,
    version: (version) => (version.name === "v2" ? { ...version, format: () => "2" } : version),
  },
};
