import type { HistoryEvent } from "../model/event.ts";
import type { MemberLane } from "../model/summary.ts";
import type { RunClock } from "./run-clock.ts";

interface Life {
  readonly incarnation: number;
  readonly version: string | null;
  readonly from: number;
  to: number | null;
  ended: string | null;
}

/** Lives of processes: `member-1` → its incarnations. */
export interface Lanes {
  step(event: HistoryEvent): void;
  /** Lanes whose id begins with `prefix`, in the order of their numbers. */
  finish(prefix: string, clock: RunClock): readonly MemberLane[];
}

export function beginLanes(): Lanes {
  const lanes = new Map<string, Life[]>();
  return {
    step(event) {
      if (event.kind === "process-started") {
        const { incarnation, version, at } = event;
        const lives = lanes.get(event.process) ?? [];
        lanes.set(event.process, lives);
        lives.push({ incarnation, version, from: at, to: null, ended: null });
      } else if (event.kind === "process-ended") {
        const life = lanes.get(event.process)?.findLast((life) => life.incarnation === event.incarnation);
        if (life === undefined) return;
        life.to = event.at;
        life.ended = `${event.cause} (${event.signal ?? `exit ${event.code ?? "unknown"}`})`;
      }
    },
    finish: (prefix, clock) =>
      [...lanes]
        .filter(([id]) => id.startsWith(prefix))
        .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
        .map(([id, lives]) => ({
          id,
          incarnations: lives.map(({ incarnation, version, from, to, ended }) => ({
            incarnation,
            version,
            fromMs: clock.ms(from),
            toMs: to === null ? null : clock.ms(to),
            ended,
          })),
        })),
  };
}
