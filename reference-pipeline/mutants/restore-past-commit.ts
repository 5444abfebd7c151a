import { perform } from "../core/effects.ts";
import { decodeState, encodeState } from "../core/entries.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const restorePastCommit: Mutant = {
  id: "M07",
  name: "restore-past-commit",
  models: "KAFKA-8755, a store restored from its source topic up to the topic's end, beyond the committed offset.",
  change: "a restore also applies the source records from the committed offset on, which are then processed again.",
  needs: "a restore while committed input waits: a kill between send and commit.",
  flaggedBy: ["EO4", "ST1", "EO2"],
  strategy: {
    ...correct,
    restoredEntries: function* (entries, { context, version, committed }) {
      const { stage } = context;
      const to = yield* perform({ kind: "source-end" });
      const waiting = yield* perform({ kind: "source-read", from: committed ?? 0, to });
      const state = decodeState(version, stage.name, entries);
      for (const record of waiting.filter(({ aborted }) => !aborted))
        for (const { key, state: after } of stage.step(state, record).changes)
          if (after === null) state.delete(key);
          else state.set(key, after);
      return encodeState(version, state);
    },
  },
};
