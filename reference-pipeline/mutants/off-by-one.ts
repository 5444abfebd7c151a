import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const offByOne: Mutant = {
  id: "M25",
  name: "off-by-one",
  models: "platformatic#196 and ckjs#417, the last offset processed committed as if it were the next to read.",
  change: "commits `o` instead of `o + 1`.",
  needs: "any restart, on a task of stage 2 (stage 1 removes the duplicate).",
  flaggedBy: ["CK3", "EO1", "EO2"],
  strategy: {
    ...correct,
    nextOffset: (last) => last,
  },
};
