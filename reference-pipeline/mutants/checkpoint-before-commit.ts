/**
 * M33 checkpoint-before-commit.
 * Models: the order bug of two-phase commits, a snapshot published before the transaction that it covers is decided.
 * Change: a checkpoint that is due is written before the commit.
 * Needs: a kill between the two (points `mid-checkpoint`, `after-checkpoint`, `before-commit`).
 * Flagged by: CK1.
 */
import { correct, type Strategy } from "../core/strategy.ts";

export const checkpointBeforeCommit: Strategy = {
  ...correct,
  checkpointsBeforeCommit: true,
};
