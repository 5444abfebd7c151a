import type { PlantedOutcome, VerdictOutcome } from "../model/verdict.ts";

/** What is to be run: a mutant's scenario with its planted bug, or with the correct pipeline (a control). */
export interface Case {
  /** The scenario's file, as it was found. */
  readonly file: string;
  /** null: the control. */
  readonly mutant: string | null;
  readonly seed: string;
}

export interface Trial extends Case {
  /** SHA-256 of the plan and of the code that runs and judges it: a result of another basis counts for nothing. */
  readonly basis: string;
}

/** How a trial ended. */
export interface Result extends Trial {
  readonly outcome: VerdictOutcome;
  /** null: a control. */
  readonly planted: PlantedOutcome | null;
  /** Invariants that were violated. */
  readonly violated: readonly string[];
  readonly headline: string;
  readonly tookMs: number;
}

/** Every scenario with its bug and then without it at the first seed, then at the second, …: a budget cuts off whole seeds last. */
export function casesOf(
  scenarios: readonly { readonly file: string; readonly mutant: string }[],
  seeds: number,
): readonly Case[] {
  return Array.from({ length: seeds }, (_, i) => String(i + 1)).flatMap((seed) => [
    ...scenarios.map(({ file, mutant }) => ({ file, mutant, seed })),
    ...scenarios.map(({ file }) => ({ file, mutant: null, seed })),
  ]);
}

/** Those that have no result yet. */
export function remaining<T extends Trial>(trials: readonly T[], results: readonly Result[]): readonly T[] {
  const done = new Set(results.map(keyOf));
  return trials.filter((trial) => !done.has(keyOf(trial)));
}

/** The results of these trials; the latest of several. */
export function resultsOf(trials: readonly Trial[], results: readonly Result[]): readonly Result[] {
  const latest = new Map(results.map((result) => [keyOf(result), result]));
  return trials.flatMap((trial) => latest.get(keyOf(trial)) ?? []);
}

function keyOf({ file, mutant, seed, basis }: Trial): string {
  return JSON.stringify([file, mutant, seed, basis]);
}
