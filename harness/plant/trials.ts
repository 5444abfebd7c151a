import { kinds } from "./kinds.ts";
import type { HistoryName } from "./model.ts";
import { carryOut } from "./pool.ts";
import { count, isMet, beginTally, type Tally } from "./tally.ts";
import type { Trial } from "./trial.ts";

export interface TrialsOptions {
  readonly histories: readonly HistoryName[];
  /** Names of kinds. */
  readonly kinds: readonly string[];
  /** Of the first trial of each kind; the next one has one more. */
  readonly seed: string;
  /** Of each kind in each history. */
  readonly trials: number;
  readonly workers: number;
  readonly watch: (tally: Tally, trials: readonly Trial[]) => void;
}

/** Tries each kind in each history, in threads. */
export async function tryAll(options: TrialsOptions): Promise<readonly Tally[]> {
  const { seed, trials, workers, watch } = options;
  const tallies: Tally[] = [];
  await carryOut({
    jobs: options.histories.flatMap((history) => options.kinds.map((kind) => ({ history, kind, seed, trials }))),
    workers,
    done(job, done) {
      const kind = kinds.find(({ name }) => name === job.kind);
      if (kind === undefined) return;
      const tally = beginTally(kind, job.history);
      for (const trial of done) count(tally, trial);
      tallies.push(tally);
      watch(tally, done);
    },
  });
  return tallies;
}

/** A tally in a line, and each of its first wrong trials with the command that repeats it alone. */
export function linesOf(tally: Tally): readonly string[] {
  const { kind, history, counts, wrong } = tally;
  const { right, other, unknown, valid, nowhere } = counts;
  const said =
    nowhere > 0 && right + other + unknown + valid === 0
      ? `no place: needs ${kind.needs}`
      : `${right} right, ${other} other, ${unknown} unknown, ${valid} valid`;
  return [
    `${isMet(tally) ? "✓" : "✗"} ${history} ${kind.name}: ${said}`,
    ...wrong.flatMap(({ seed, where, said: verdict }) => [
      `    ${where}: ${verdict}`,
      `    again: npm run plant -- --history ${history} --kind ${kind.name} --seed ${seed}`,
    ]),
  ];
}
