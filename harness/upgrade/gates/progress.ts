import type { HistoryEvent } from "../../model/event.ts";

/** A place in the history: `at` in nanoseconds of the run. */
export interface Moment {
  readonly seq: number;
  readonly at: number;
}

/** An act that has begun and not settled. One that a later coordinator takes up goes on: its clocks are not set back. */
export interface ActUnderWay {
  readonly id: string;
  readonly began: Moment;
  /** Since when its gates are waited for; null: they are not, yet. */
  waiting: Moment | null;
}

/** What the history tells of the upgrade itself: all that a coordinator which takes it up has to know besides the journal. */
export interface Progress {
  /** The first send, in nanoseconds of the run; null: it has not come. */
  zeroAt: number | null;
  act: ActUnderWay | null;
  /** The act that was last told to have settled. */
  settled: string | null;
  /** Since when the workload is held, in nanoseconds of the run; null: it is not. */
  heldAt: number | null;
  hasTurned: boolean;
  hasStopped: boolean;
  hasEscalated: boolean;
}

export function beginProgress(): Progress {
  return {
    zeroAt: null,
    act: null,
    settled: null,
    heldAt: null,
    hasTurned: false,
    hasStopped: false,
    hasEscalated: false,
  };
}

export function foldProgress(progress: Progress, event: HistoryEvent): void {
  const { seq, at } = event;
  switch (event.kind) {
    case "time-zero":
      progress.zeroAt = at;
      return;
    case "upgrade-act-began":
      if (progress.act?.id !== event.act) progress.act = { id: event.act, began: { seq, at }, waiting: null };
      return;
    case "gate-read":
      if (progress.act?.id === event.act) progress.act.waiting ??= { seq, at };
      return;
    case "upgrade-act-settled":
      progress.settled = event.act;
      progress.act = null;
      return;
    case "sources-held":
      progress.heldAt ??= at;
      return;
    case "sources-released":
      progress.heldAt = null;
      return;
    case "roll-back-began":
      progress.hasTurned = true;
      progress.act = null;
      return;
    case "upgrade-stopped":
      progress.hasStopped = true;
      return;
    case "upgrade-escalated":
      progress.hasEscalated = true;
      return;
    default: // the upgrade tells nothing else of itself
  }
}
