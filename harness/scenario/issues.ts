import type { FileWords } from "../base/schema-problems.ts";
import type { Path } from "../base/source-text.ts";
import { exercisedShape, knownKeys, whenShapes } from "./schema.ts";

/** How messages speak of a scenario file. */
export const scenarioWords: FileWords = {
  whole: "the scenario",
  keysAt: (path) => knownKeys.get(path.filter((part) => typeof part === "string").join(".")) ?? [],
  branchOf(path, written) {
    const branch = branchMeant(path.at(-1), written);
    if (branch >= 0) return branch;
    return "expected a mapping with one of the keys progress, act, phase (with of) or point (with stage)";
  },
};

/** The branch's index, by a pair for a range and by the telling key for `when`; -1: nothing tells. */
function branchMeant(key: Path[number] | undefined, written: unknown): number {
  const isMapping = written !== null && typeof written === "object" && !Array.isArray(written);
  if (key === "when") return Object.keys(whenShapes).findIndex((kind) => isMapping && kind in written);
  if (key === "brokers" || (typeof key === "string" && key in exercisedShape)) return isMapping ? 1 : 0;
  return Array.isArray(written) ? 1 : 0;
}
