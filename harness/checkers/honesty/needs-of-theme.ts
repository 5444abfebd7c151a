import type { EventKind, HistoryEvent } from "../../model/event.ts";

/** Events that are due and not there. */
export interface Missing {
  readonly kind: EventKind;
  /** Of what, e.g. `member-1/2`. */
  readonly of: string;
}

/** One theme of what a judgement needs; asked once, at the end. */
export interface NeedsOfTheme {
  step(event: HistoryEvent): void;
  missing(): readonly Missing[];
}
