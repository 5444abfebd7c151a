import type { Guarantee } from "../model/scenario.ts";

/** The invariants without which a verdict of this guarantee proves nothing: idle counts as unknown for them. */
export const requiredInvariants: Readonly<Record<Guarantee, readonly string[]>> = {
  "exactly-once": ["EO1", "EO2", "EO3", "EO4", "TX1", "TX2", "TX3", "OF1", "OF2", "ST1", "HZ1"],
  "at-least-once": ["EO2", "EO3", "OF1", "OF2", "HZ1"],
};
