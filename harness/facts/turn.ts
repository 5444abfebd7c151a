import type { HistoryEvent } from "../model/event.ts";
import type { Turn } from "../model/way-back.ts";

/** Which acts have settled, and where the upgrade turned back. */
export interface Course {
  /** Ids of acts. */
  readonly settled: Set<string>;
  /** Null: it has not turned back. */
  turn: Turn | null;
}

export function beginCourse(): Course {
  return { settled: new Set(), turn: null };
}

/** A coordinator that takes over may tell both again. */
export function stepCourse(course: Course, event: HistoryEvent): void {
  if (event.kind === "upgrade-act-settled") course.settled.add(event.act);
  if (event.kind === "roll-back-began")
    course.turn ??= { act: event.act, why: event.why, isSettled: course.settled.has(event.act) };
}
