import type { HistoryEvent } from "../model/event.ts";

/** When things happened. Instants are nanoseconds of the run's clock; reports get milliseconds from time 0. */
export interface RunClock {
  step(event: HistoryEvent): void;
  /** The latest event so far. */
  now(): number;
  /** When seq n was: events carry a time, frames only a seq, so a frame is as late as the latest event before it. */
  ofSeq(seq: number): number;
  /** Milliseconds from time 0, one decimal; from the first event when nothing was ever sent. */
  ms(at: number): number;
}

/** The index of seqs keeps one point per 10 ms, so it stays small however many events there are. */
const stepNanos = 10_000_000;

export function beginRunClock(): RunClock {
  const seqs: number[] = [];
  const times: number[] = [];
  let zero: number | null = null;
  let last = 0;
  return {
    step(event) {
      last = Math.max(last, event.at);
      if (event.kind === "time-zero") zero ??= event.at;
      const newest = times.at(-1);
      if (newest !== undefined && event.at - newest < stepNanos) return;
      seqs.push(event.seq);
      times.push(event.at);
    },
    now: () => last,
    ofSeq(seq) {
      let low = 0;
      let high = seqs.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((seqs[middle] ?? 0) <= seq) low = middle + 1;
        else high = middle;
      }
      return times[Math.max(0, low - 1)] ?? 0;
    },
    ms: (at) => Math.round((at - (zero ?? times[0] ?? 0)) / 100_000) / 10,
  };
}
