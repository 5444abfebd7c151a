import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const waitForMarker: Mutant = {
  id: "M42",
  name: "wait-for-marker",
  models: "KAFKA-12951, a restore that waits for a record at its last offset, where a control record is.",
  change: "a restore ends only when it has seen the record before the changelog's end.",
  needs: "a restore from a changelog written in transactions.",
  flaggedBy: ["LV1", "LV3"],
  strategy: {
    ...correct,
    changelogEndsOn: "last-record",
  },
};
