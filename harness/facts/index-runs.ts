import type { Json } from "../model/event.ts";

/** The record numbers of a send, as [first, last] runs; null when the event's field is not that. */
export function indexRuns(indexes: Json): readonly (readonly [number, number])[] | null {
  if (!Array.isArray(indexes)) return null;
  const runs: [number, number][] = [];
  for (const run of indexes) {
    if (!Array.isArray(run) || run.length !== 2) return null;
    const [first, last]: readonly unknown[] = run;
    if (!isIndex(first) || !isIndex(last) || last < first) return null;
    runs.push([first, last]);
  }
  return runs;
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
