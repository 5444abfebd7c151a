import type { RunSummary } from "../../harness/model/summary.ts";

export const width = 1_120;
export const left = 160;
const right = 20;
/** Width of a character of the drawing's 11 px text, roughly; only for choosing where text fits. */
export const characterWidth = 6.2;

/** Time to x. `end` is where open spans are drawn to. */
export interface Scale {
  readonly fromMs: number;
  readonly endMs: number;
  x(ms: number): number;
  readonly ticks: readonly number[];
}

export function scaleOf({ phases, members, brokers, faults, endMs }: RunSummary): Scale {
  const lives = [...members, ...brokers].flatMap(({ incarnations }) => incarnations);
  const starts = [...phases, ...lives, ...faults].map(({ fromMs }) => fromMs);
  const from = starts.reduce((a, b) => Math.min(a, b), 0);
  const end = Math.max(endMs, from + 1);
  const x = (ms: number): number => {
    const within = Math.min(Math.max(ms, from), end);
    return round(left + ((within - from) / (end - from)) * (width - left - right));
  };
  return { fromMs: from, endMs: end, x, ticks: ticksOf(from, end) };
}

/** Coordinates to a tenth keep the file small. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** At most a dozen round times. */
function ticksOf(from: number, end: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600].map((second) => second * 1_000);
  const step = steps.find((step) => (end - from) / step <= 12) ?? Math.ceil((end - from) / 12);
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((end - first) / step) + 1 }, (_, i) => first + i * step);
}
