import seedrandom from "seedrandom";
import type { Draw } from "../model/pipeline.ts";

/** Chance that forks by name: `seedrandom(seed + "/faults/2")`, so adding one thing never shifts another. */
export function drawFrom(path: string): Draw {
  const generator = seedrandom(path);
  return {
    fork: (name) => drawFrom(`${path}/${name}`),
    integer: (min, max) => min + Math.floor(generator() * (max - min + 1)),
    unit: () => generator(),
  };
}
