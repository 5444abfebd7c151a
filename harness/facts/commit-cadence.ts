import type { HistoryEvent } from "../model/event.ts";

/**
 * How long a task lets records wait for its next commit while nothing is done to it: before the first fault and the first act of the
 * upgrade. A pipeline that commits every half a minute stands still for that long without a defect.
 */
export interface CommitCadence {
  readonly tasks: Map<string, { readonly committedNext: number; readonly since: number | null }>;
  /** The longest wait, from the first sample that shows records waiting to the one that shows the next commit. */
  longestNanos: number;
  isOver: boolean;
}

export function beginCadence(): CommitCadence {
  return { tasks: new Map(), longestNanos: 0, isOver: false };
}

export function stepCadence(cadence: CommitCadence, event: HistoryEvent): void {
  if (event.kind === "fault-journalled" || event.kind === "upgrade-act-began" || event.kind === "faults-over")
    cadence.isOver = true;
  if (event.kind !== "gauge-lag" || cadence.isOver || event.committedNext === null) return;
  const { committedNext, lag, at } = event;
  const task = `${event.stage}-${event.partition}`;
  const before = cadence.tasks.get(task);
  const isSame = before?.committedNext === committedNext;
  if (!isSame && before?.since != null) cadence.longestNanos = Math.max(cadence.longestNanos, at - before.since);
  cadence.tasks.set(task, { committedNext, since: lag === 0 ? null : isSame ? (before.since ?? at) : at });
}

/** A wait that proves something is at least this long: the given patience, or twice what the pipeline takes when nothing is done to it. */
export function provenWaitMs({ longestNanos }: CommitCadence, patienceMs: number): number {
  return Math.max(patienceMs, Math.ceil((2 * longestNanos) / 1e6));
}
