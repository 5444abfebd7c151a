import type { HistoryEvent } from "../../model/event.ts";

/** Incarnations whose checkpoints were not captured when they were published, by the reason. */
export type Unwatched = Map<string, Set<string>>;

export function startUnwatched(): Unwatched {
  return new Map();
}

export function learnUnwatched(unwatched: Unwatched, event: HistoryEvent): void {
  if (event.kind !== "checkpoints-unwatched") return;
  const whose = unwatched.get(event.why) ?? new Set();
  unwatched.set(event.why, whose.add(`${event.member}/${event.incarnation}`));
}

/** For people: what was judged of them all the same. */
export function unwatchedLines(unwatched: Unwatched): readonly string[] {
  return [...unwatched].map(
    ([why, whose]) => `Checkpoints of ${[...whose].join(", ")} were judged only as left at process ends: ${why}.`,
  );
}
