import { basename } from "node:path";
import { replaceOwn } from "../base/own-files.ts";
import type { RunSummary } from "../model/summary.ts";
import type { Reporter } from "../model/reporter.ts";
import type { Verdict } from "../model/verdict.ts";
import { parseSummary } from "../../reports/parse-summary.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { runLayout } from "../run/layout.ts";
import { readRunText } from "./run-files.ts";

/** verdict.json and summary.json of a run directory, checked. */
export function readJudged(directory: string): { readonly verdict: Verdict; readonly summary: RunSummary } {
  const layout = runLayout(directory);
  const remedy = "Judge the run first: `rollproof check <run dir>`.";
  const read = (path: string): string => readRunText(directory, basename(path), { remedy });
  return {
    verdict: parseVerdict(read(layout.verdict), layout.verdict),
    summary: parseSummary(read(layout.summary), layout.summary),
  };
}

/** Renders with each reporter; files go below the run directory, the rest is returned for the terminal. */
export async function writeReports(options: {
  readonly directory: string;
  readonly reporters: readonly Reporter[];
  readonly verdict: Verdict;
  readonly summary: RunSummary;
}): Promise<readonly string[]> {
  const spoken: string[] = [];
  for (const reporter of options.reporters)
    for (const { path, content } of reporter.render(options.verdict, options.summary)) {
      if (path === null) {
        spoken.push(content);
        continue;
      }
      await replaceOwn(options.directory, path, content);
    }
  return spoken;
}
