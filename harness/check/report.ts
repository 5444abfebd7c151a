import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RollproofError } from "../base/errors.ts";
import type { RunSummary } from "../model/summary.ts";
import type { Reporter } from "../model/reporter.ts";
import type { Verdict } from "../model/verdict.ts";
import { parseSummary } from "../../reports/parse-summary.ts";
import { parseVerdict } from "../verdict/schema.ts";
import { runLayout } from "../run/layout.ts";

/** verdict.json and summary.json of a run directory, checked. */
export async function readJudged(
  directory: string,
): Promise<{ readonly verdict: Verdict; readonly summary: RunSummary }> {
  const layout = runLayout(directory);
  return {
    verdict: parseVerdict(await read(layout.verdict), layout.verdict),
    summary: parseSummary(await read(layout.summary), layout.summary),
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
      const file = join(options.directory, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  return spoken;
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new RollproofError("file-missing", `${path} cannot be read.`, {
      remedy: "Judge the run first: `rollproof check <run dir>`.",
      cause,
    });
  }
}
