/**
 * M24 commit-on-poll.
 * Models: iggy#3847 and every client with auto-commit, a position committed when it was read and not when it was done.
 * Change: the consumer commits the end of a batch before the batch is processed; transactions carry no offsets.
 * Needs: a kill in the middle of a batch.
 * Flagged by: OF2, EO2.
 */
import { done, perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const commitOnPoll: Strategy = {
  ...correct,
  acceptsPosition: () => true,
  onPoll: (last) => perform({ kind: "commit-offsets-plainly", nextOffset: last + 1 }),
  sendOffsets: () => done("ok"),
};
