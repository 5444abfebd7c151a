import { concatenated, integer } from "./bytes.ts";

/** Key of a transaction's end marker: int16 version, int16 type (0 abort, 1 commit). */
export function markerKey(outcome: "commit" | "abort"): Uint8Array {
  return concatenated(integer(16, 0), integer(16, outcome === "commit" ? 1 : 0));
}

/** Value of an end marker: int16 version, int32 coordinator epoch. */
export function markerValue(coordinatorEpoch: number): Uint8Array {
  return concatenated(integer(16, 0), integer(32, coordinatorEpoch));
}
