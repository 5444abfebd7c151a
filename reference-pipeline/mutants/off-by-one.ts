/**
 * M25 off-by-one.
 * Models: platformatic#196 and ckjs#417, the last offset processed committed as if it were the next to read.
 * Change: commits `o` instead of `o + 1`.
 * Needs: any restart, on a task of stage 2 (stage 1 removes the duplicate).
 * Flagged by: CK3, EO1 or EO2.
 */
import { correct, type Strategy } from "../core/strategy.ts";

export const offByOne: Strategy = {
  ...correct,
  nextOffset: (last) => last,
};
