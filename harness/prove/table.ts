import type { MutantScore, Score } from "./score.ts";

/** The score as Markdown: score.md. */
export function tableOf({ mutants, controls, totals }: Score): string {
  const { valid, unknown, falseAlarms, notRun } = controls;
  return [
    `| mutant | killed | wrongly named | survived | need not met | not run | runs to kill | violated |`,
    `| --- | --- | --- | --- | --- | --- | --- | --- |`,
    ...mutants.map(rowOf),
    "",
    `- Mutants found: ${totals.found} of ${totals.mutants}; runs to kill, median: ${totals.medianRunsToKill ?? "–"}.`,
    `- Found of the runs that met their need: ${percent(totals.foundOfExercised)}.`,
    `- Need met: ${percent(totals.exercisedOfRuns)} of the runs with a planted bug.`,
    `- Rightly named of those found: ${percent(totals.rightlyNamedOfFound)}.`,
    `- Controls: ${valid} valid, ${unknown} unknown, ${falseAlarms.length} false alarms, ${notRun} not run; false alarms per 1,000: ${totals.falseAlarmsPerThousand ?? "–"}.`,
    ...falseAlarms.map(({ file, seed, headline }) => `  - ${file} at seed ${seed}: ${headline}`),
    "",
  ].join("\n");
}

function rowOf({ mutant, runs, notRun, runsToKill, violated }: MutantScore): string {
  const counts = [runs.killed, runs.misnamed, runs.survived, runs["need-not-met"], notRun, runsToKill ?? "–"];
  return `| \`${mutant}\` | ${counts.join(" | ")} | ${violated.join(" ") || "–"} |`;
}

/** Rounded down: 99.9 % is not 100 %. */
function percent(share: number | null): string {
  return share === null ? "–" : `${Math.floor(share * 100)} %`;
}
