import type { Came, Trial } from "./trial.ts";
import { answersOf } from "./trial.ts";
import type { HistoryName, AnyKind } from "./model.ts";

/** How often a kind's damage came out how, in one history. */
export interface Tally {
  readonly kind: AnyKind;
  readonly history: HistoryName;
  readonly counts: Record<Came, number>;
  /** Trials that did not come out as they must: the first few. */
  readonly wrong: Trial[];
}

const wrongMax = 3;

export function beginTally(kind: AnyKind, history: HistoryName): Tally {
  return { kind, history, counts: { right: 0, other: 0, unknown: 0, valid: 0, nowhere: 0 }, wrong: [] };
}

export function count(tally: Tally, trial: Trial): void {
  tally.counts[trial.came] += 1;
  if (isWrong(tally, trial) && tally.wrong.length < wrongMax) tally.wrong.push(trial);
}

/** Whether every trial that found a place came out as it must. Where nothing can show the damage, anything may. */
export function isMet({ kind, history, counts }: Tally): boolean {
  return answersOf(kind, history) === null || counts.other + counts.unknown + counts.valid === 0;
}

function isWrong({ kind, history }: Tally, { came }: Trial): boolean {
  return answersOf(kind, history) !== null && came !== "right" && came !== "nowhere";
}
