import { encodeCheckpoint } from "../core/checkpoint.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const checkpointWrittenNotRestored: Mutant = {
  id: "M03",
  name: "checkpoint-written-not-restored",
  models: "KAFKA-16017, a task that is closed while it restores checkpoints the end of its changelog as restored.",
  change:
    "a restore that is broken off leaves a checkpoint of what it has read so far, labelled with the changelog's end and the committed offset.",
  needs: "a stop in the middle of a restore, and a restart on the same disk.",
  flaggedBy: ["CK2", "ST1", "EO4"],
  strategy: {
    ...correct,
    onLeaveRestore: function* ({ version, entries, position, committed, changelogEnd }) {
      if (position === null || committed === null) return;
      const label = {
        schema: version.schema,
        inputNext: committed,
        changelogNext: changelogEnd,
        commit: position.commit,
      };
      yield* correct.writeCheckpoint(position.commit, encodeCheckpoint({ ...label, entries }));
    },
  },
};
