import { correct } from "../core/strategy.ts";
import type { Mutant } from "./mutant.ts";

export const offByOneOnVelocity: Mutant = {
  id: "M25",
  name: "off-by-one-on-velocity",
  models: "platformatic#196 and ckjs#417 in a stage that removes duplicates, so no effect is doubled.",
  change: "stage velocity commits `o` instead of `o + 1`.",
  needs: "any commit of stage velocity.",
  flaggedBy: ["CK3", "LV1"],
  strategy: {
    ...correct,
    nextOffset: (last, stage) => (stage === "velocity" ? last : last + 1),
  },
};
