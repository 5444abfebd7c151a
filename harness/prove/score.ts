import type { PlantedOutcome } from "../model/verdict.ts";
import type { Result, Trial } from "./trial.ts";

export const scoreSchemaVersion = 1;

/** What a proof comes to: score.json. */
export interface Score {
  readonly schemaVersion: typeof scoreSchemaVersion;
  readonly mutants: readonly MutantScore[];
  readonly controls: ControlScore;
  readonly totals: Totals;
}

export interface MutantScore {
  readonly mutant: string;
  readonly file: string;
  /** Runs by how they ended. */
  readonly runs: Readonly<Record<PlantedOutcome, number>>;
  readonly notRun: number;
  /** Number of the first run, in the order of seeds, that found it; null: none did. */
  readonly runsToKill: number | null;
  /** Invariants that it violated in any run. */
  readonly violated: readonly string[];
}

export interface ControlScore {
  readonly valid: number;
  readonly unknown: number;
  readonly notRun: number;
  readonly falseAlarms: readonly { readonly file: string; readonly seed: string; readonly headline: string }[];
}

/** Shares are null where there is nothing to take them of. */
export interface Totals {
  readonly mutants: number;
  /** Mutants that at least one run found. */
  readonly found: number;
  /** Of the runs that met their need, those that found the bug, 0..1. */
  readonly foundOfExercised: number | null;
  /** Of the runs with a planted bug, those that met its need, 0..1. */
  readonly exercisedOfRuns: number | null;
  /** Of the runs that found the bug, those that named it by an invariant that their scenario names, 0..1. */
  readonly rightlyNamedOfFound: number | null;
  readonly medianRunsToKill: number | null;
  readonly falseAlarmsPerThousand: number | null;
}

/** Counts what the trials came to. A trial without a result is not run, and counts for nothing else. */
export function scoreOf(trials: readonly Trial[], results: readonly Result[]): Score {
  const planted = Map.groupBy(
    trials.filter(({ mutant }) => mutant !== null),
    ({ file }) => file,
  );
  const mutants = [...planted].map(([file, own]) => mutantScore(file, own, results));
  const controls = controlScore(
    trials.filter(({ mutant }) => mutant === null),
    results.filter(({ mutant }) => mutant === null),
  );
  return { schemaVersion: scoreSchemaVersion, mutants, controls, totals: totalsOf(mutants, controls) };
}

function mutantScore(file: string, trials: readonly Trial[], results: readonly Result[]): MutantScore {
  const own = results
    .filter((result) => result.file === file && result.mutant !== null)
    .toSorted((a, b) => Number(a.seed) - Number(b.seed));
  const runs = { killed: 0, misnamed: 0, survived: 0, "need-not-met": 0 };
  for (const { planted } of own) if (planted !== null) runs[planted] += 1;
  const first = own.findIndex(({ planted }) => planted === "killed" || planted === "misnamed");
  return {
    mutant: trials[0]?.mutant ?? "",
    file,
    runs,
    notRun: trials.length - own.length,
    runsToKill: first < 0 ? null : first + 1,
    violated: [...new Set(own.flatMap(({ violated }) => violated))].toSorted(),
  };
}

function controlScore(trials: readonly Trial[], results: readonly Result[]): ControlScore {
  const count = (outcome: Result["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  return {
    valid: count("valid"),
    unknown: count("unknown"),
    notRun: trials.length - results.length,
    falseAlarms: results
      .filter(({ outcome }) => outcome === "invalid")
      .map(({ file, seed, headline }) => ({ file, seed, headline })),
  };
}

function totalsOf(mutants: readonly MutantScore[], controls: ControlScore): Totals {
  const sum = (of: PlantedOutcome): number => mutants.reduce((total, { runs }) => total + runs[of], 0);
  const found = sum("killed") + sum("misnamed");
  const exercised = found + sum("survived");
  const clean = controls.valid + controls.unknown + controls.falseAlarms.length;
  return {
    mutants: mutants.length,
    found: mutants.filter(({ runsToKill }) => runsToKill !== null).length,
    foundOfExercised: share(found, exercised),
    exercisedOfRuns: share(exercised, exercised + sum("need-not-met")),
    rightlyNamedOfFound: share(sum("killed"), found),
    medianRunsToKill: median(mutants.flatMap(({ runsToKill }) => runsToKill ?? [])),
    falseAlarmsPerThousand: clean === 0 ? null : (1_000 * controls.falseAlarms.length) / clean,
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** `proven`: every bug was found and rightly named, and no control accused. `defect`: something of ours is wrong. `open`: more has to be run or met. */
export function standingOf({ mutants, controls }: Score): "proven" | "defect" | "open" {
  const isWrong = mutants.some(({ runs }) => runs.survived + runs.misnamed > 0) || controls.falseAlarms.length > 0;
  if (isWrong) return "defect";
  const isOpen =
    mutants.length === 0 ||
    mutants.some(({ runs, notRun }) => runs["need-not-met"] + notRun > 0) ||
    controls.unknown + controls.notRun > 0;
  return isOpen ? "open" : "proven";
}
