import type { HistoryEvent } from "../../model/event.ts";

/**
 * Which members each fault was injected into, and when. It begins when it is journalled: what it does may be recorded before
 * `fault-applied` is.
 */
export interface Injured {
  readonly windows: Map<string, Window>;
  /** Incarnations started, by member, in seq order. */
  readonly starts: Map<string, Start[]>;
}

interface Window {
  readonly members: readonly string[];
  readonly from: number;
  /** Infinity: not healed yet. */
  to: number;
}

interface Start {
  readonly incarnation: number;
  readonly seq: number;
}

export function beginInjured(): Injured {
  return { windows: new Map(), starts: new Map() };
}

export function learnInjured({ windows, starts }: Injured, event: HistoryEvent): void {
  switch (event.kind) {
    case "fault-journalled": {
      // Of links the near end, `member-2` of `member-2→broker-1`.
      const members = event.targets.map((target) => target.split("→")[0] ?? target);
      windows.set(event.fault, { members, from: event.seq, to: Infinity });
      break;
    }
    case "fault-healed": {
      const window = windows.get(event.fault);
      if (window !== undefined) window.to = event.seq;
      break;
    }
    case "process-started": {
      const { process, incarnation, seq } = event;
      starts.set(process, [...(starts.get(process) ?? []), { incarnation, seq }]);
      break;
    }
    default:
      break;
  }
}

/** Whether the fault was active on the member at that seq. */
export function wasInjured({ windows }: Injured, at: { fault: string; member: string; seq: number }): boolean {
  const window = windows.get(at.fault);
  return window?.members.includes(at.member) === true && window.from <= at.seq && at.seq <= window.to;
}

/** The faults active on the member at that seq. */
export function faultsOn(injured: Injured, member: string, seq: number): readonly string[] {
  return [...injured.windows.keys()].filter((fault) => wasInjured(injured, { fault, member, seq }));
}

/** `member/incarnation` of each life of the fault's targets after it: they have the disk that it left. */
export function livesAfter({ windows, starts }: Injured, fault: string): readonly string[] {
  const window = windows.get(fault);
  if (window === undefined) return [];
  return window.members.flatMap((member) => {
    const later = (starts.get(member) ?? []).filter(({ seq }) => seq > window.from);
    return later.map(({ incarnation }) => `${member}/${incarnation}`);
  });
}
