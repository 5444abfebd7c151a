import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const purgeConsumed: Mutant = {
  id: "M09",
  name: "purge-consumed",
  models: "KAFKA-17635, records of a repartition topic deleted up to the consumed offset, not to the committed one.",
  change: "deletes the source below the next offset before the transaction that commits it.",
  needs: "a kill before the commit: the records are then gone for the next owner.",
  flaggedBy: ["OF4", "EO2"],
  strategy: {
    ...correct,
    sendOffsets: function* (nextOffset) {
      yield* perform({ kind: "source-delete", below: nextOffset });
      return yield* perform({ kind: "send-offsets", nextOffset });
    },
  },
};
