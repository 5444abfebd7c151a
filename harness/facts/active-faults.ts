import type { HistoryEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";

/** When each fault may have been active, and on what: from its journal entry, which is written before it, to the proof that it is healed. */
export interface ActiveFaults {
  readonly kinds: ReadonlyMap<string, string>;
  readonly spans: FaultSpan[];
}

export interface FaultSpan {
  readonly fault: string;
  readonly kind: string;
  /** Processes (`member-1`) or links (`member-1→broker-2`). */
  readonly targets: readonly string[];
  /** Run nanoseconds. */
  readonly from: number;
  to: number;
}

export function beginActiveFaults({ faults }: Plan): ActiveFaults {
  return { kinds: new Map(faults.map(({ id, kind }) => [id, kind])), spans: [] };
}

export function learnActiveFault({ kinds, spans }: ActiveFaults, event: HistoryEvent): void {
  if (event.kind === "fault-journalled") {
    const { fault, targets, at } = event;
    const kind = kinds.get(fault);
    // What no plan names explains nothing.
    if (kind !== undefined) spans.push({ fault, kind, targets, from: at, to: Infinity });
  }
  if (event.kind !== "fault-probed-healed" || !event.healed) return;
  for (const span of spans) if (span.fault === event.fault && span.to === Infinity) span.to = event.at;
}

/** The faults whose target is this very process, at some time in the stretch. */
export function activeOn(
  { spans }: ActiveFaults,
  process: string,
  during: { readonly from: number; readonly to: number },
): readonly FaultSpan[] {
  return spans.filter(({ targets, from, to }) => targets.includes(process) && from <= during.to && to >= during.from);
}

/** Since when, at `at`, no fault has been active and none has ended within `aftermathNanos`; Infinity: one is, or has. */
export function calmSince({ spans }: ActiveFaults, at: number, aftermathNanos: number): number {
  let since = -Infinity;
  for (const { from, to } of spans) if (from <= at) since = Math.max(since, to + aftermathNanos);
  return since <= at ? since : Infinity;
}
