import { basename, join } from "node:path";
import { canonicalJson } from "../base/json.ts";
import { isOwnDirectory, removeOwn, replaceOwn } from "../base/own-files.ts";
import type { Plan } from "../model/plan.ts";
import type { RunSummary } from "../model/summary.ts";
import type { RunInfo, Verdict } from "../model/verdict.ts";
import type { RunLayout } from "../run/layout.ts";
import { pathFromRoot } from "../run/provenance.ts";
import { emptySummary } from "../summary/empty.ts";
import { unknownVerdict } from "../verdict/unknown.ts";

/** What a judging leaves in the run directory. */
export interface Judged {
  readonly verdict: Verdict;
  readonly summary: RunSummary;
}

/**
 * Removes what an earlier judging left: should this one die, nobody may take that for its result. A link itself goes, not its
 * target. Throws `file-refused` for a directory in the place of one of the files, when the others are gone.
 */
export function clearJudged({ directory, verdict, summary }: RunLayout): void {
  const paths = [verdict, summary, join(directory, "report.html"), join(directory, "junit.xml")];
  for (const path of paths.toSorted((a, b) => Number(isOwnDirectory(a)) - Number(isOwnDirectory(b)))) removeOwn(path);
}

/** Replaces what an earlier judging left, its reports included: those of this one are still to be rendered. */
export async function writeJudged(layout: RunLayout, { verdict, summary }: Judged): Promise<void> {
  clearJudged(layout);
  // In the order of the type, so that a person who opens the file meets the outcome first.
  await replaceOwn(layout.directory, basename(layout.verdict), `${JSON.stringify(verdict, null, 2)}\n`);
  await replaceOwn(layout.directory, basename(layout.summary), canonicalJson(summary));
}

/** The unknown verdict over a run that could not be judged, and a summary with nothing to draw. */
export function unjudged(
  layout: RunLayout,
  known: { readonly plan: Plan | null; readonly run: RunInfo | null; readonly reasons: readonly string[] },
): Judged {
  return {
    verdict: unknownVerdict({ ...known, planPath: pathFromRoot(layout.plan) }),
    summary: emptySummary(known.run?.runId ?? ""),
  };
}
