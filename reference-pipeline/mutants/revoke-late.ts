import { perform } from "../core/effects.ts";
import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const revokeLate: Mutant = {
  id: "M30",
  name: "revoke-late",
  models:
    "librdkafka#2782 and ckdotnet#1672, an owner that learns late of its revocation still commits what it remembers.",
  change: "an owner that was fenced commits its last offset once more, under a transactional id of its own.",
  needs: "the old owner paused with a transaction open until another has gone on with the task, then resumed.",
  flaggedBy: ["FE1", "OF1"],
  strategy: {
    ...correct,
    acceptsPosition: () => true,
    onCloseLost: function* ({ next }) {
      if ((yield* perform({ kind: "fence", identity: "start" })) !== "ok") return;
      yield* perform({ kind: "begin" });
      yield* perform({ kind: "send-offsets", nextOffset: next });
      yield* perform({ kind: "commit" });
    },
  },
};
