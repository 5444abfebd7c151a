import type { HistoryEvent } from "../model/event.ts";
import type { CheckerContext } from "../model/finding.ts";

/** Every incarnation of every member, as the harness started and ended it. */
export interface MemberLives {
  /** The roll's versions; null: the run has no upgrade. */
  readonly roll: { readonly from: string; readonly to: string } | null;
  readonly lives: Life[];
  /** The upgrade has turned back. */
  hasTurned: boolean;
  /** By `member/incarnation`. */
  readonly byName: Map<string, Life>;
  /** Members are being stopped, since the run is over; null: they are not. */
  closedAt: number | null;
  /** Run nanoseconds of the last event. */
  lastAt: number;
}

export interface Life {
  readonly member: string;
  readonly incarnation: number;
  readonly version: string;
  readonly started: { readonly seq: number; readonly at: number };
  ended: { readonly seq: number; readonly at: number } | null;
}

export function beginLives({ plan }: CheckerContext): MemberLives {
  const { from, to } = plan.scenario;
  const roll = plan.program.length === 0 || from === to ? null : { from, to };
  return { roll, lives: [], hasTurned: false, byName: new Map(), closedAt: null, lastAt: 0 };
}

export function learnLife(all: MemberLives, event: HistoryEvent): void {
  all.lastAt = Math.max(all.lastAt, event.at);
  const { seq, at } = event;
  if (event.kind === "drained" || event.kind === "drain-failed") all.closedAt ??= at;
  if (event.kind === "process-started" && event.version !== null && event.sha256 !== null) {
    const { process: member, incarnation, version } = event;
    const life: Life = { member, incarnation, version, started: { seq, at }, ended: null };
    all.lives.push(life);
    all.byName.set(`${member}/${incarnation}`, life);
  }
  if (event.kind === "roll-back-began") all.hasTurned = true;
  if (event.kind === "process-ended") {
    const life = all.byName.get(`${event.process}/${event.incarnation}`);
    if (life !== undefined) life.ended ??= { seq, at };
  }
}

/** The version that the harness started as `member/incarnation`; null: it started no such process. */
export function versionOf({ byName }: MemberLives, writer: string | null): string | null {
  return byName.get(writer ?? "")?.version ?? null;
}

/** Whether a process of this version runs now. */
export function isRunning({ lives }: MemberLives, version: string): boolean {
  return lives.some((life) => life.version === version && life.ended === null);
}

/** Up to when the life was wanted, run nanoseconds: its end, or the end of the run. */
export function endOf({ closedAt, lastAt }: MemberLives, { ended }: Life): number {
  return Math.min(ended?.at ?? Infinity, closedAt ?? Infinity, lastAt);
}
