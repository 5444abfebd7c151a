/**
 * M46 leaky-abort-filter.
 * Models: kafkajs's filterAbortedMessages, which takes the broker's list of aborted transactions to be sorted by offset.
 * Change: the driver leaves that filter in place where stage `settlement` reads.
 * Needs: a member killed with several open tasks of stage `velocity`, so that aborted transactions overlap.
 * Flagged by: EO3, TX2.
 */
import { correct, type Strategy } from "../core/strategy.ts";

export const leakyAbortFilter: Strategy = {
  ...correct,
  keepsKafkajsAbortFilter: true,
};
