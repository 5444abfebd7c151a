import { decodeCheckpoint, labelOfCheckpoint } from "../core/checkpoint.ts";
import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const tornCheckpoint: Mutant = {
  id: "M34",
  name: "torn-checkpoint",
  models:
    "files written in place: a kill in the middle of the write leaves half of one, and its reader takes what is there.",
  change:
    "a checkpoint is written in place, all but its last bytes and then whole; of one that is cut off, the label is believed and its state taken as empty.",
  needs: "a kill in the middle of a checkpoint, and a restart on the same disk.",
  flaggedBy: ["CK2", "CK4", "ST1", "EO4"],
  strategy: {
    ...correct,
    writeCheckpoint: function* (n, bytes) {
      yield* perform({ kind: "checkpoint-write-in-place", n, bytes: bytes.subarray(0, -8) });
      yield* perform({ kind: "point", point: "mid-checkpoint" });
      yield* perform({ kind: "checkpoint-write-in-place", n, bytes });
    },
    readCheckpoint: (bytes) => {
      const label = labelOfCheckpoint(bytes);
      return decodeCheckpoint(bytes) ?? (label === null ? null : { ...label, entries: new Map() });
    },
  },
};
