/**
 * M18 offsets-outside-txn.
 * Models: the class of KAFKA-17507, offsets committed apart from the effects that they stand for.
 * Change: the consumer commits the next offset after the transaction's commit, instead of sendOffsets in it.
 * Needs: a kill between the two (point `after-commit`), on a task of stage 2.
 * Flagged by: CK3, EO1 or EO2.
 */
import { done, perform } from "../core/effects.ts";
import { correct, type Strategy } from "../core/strategy.ts";

export const offsetsOutsideTxn: Strategy = {
  ...correct,
  acceptsPosition: () => true,
  sendOffsets: () => done("ok"),
  afterCommit: (nextOffset) => perform({ kind: "commit-offsets-plainly", nextOffset }),
};
