import { join, relative } from "node:path";
import type { Verdict } from "../model/verdict.ts";
import type { RunSummary } from "../model/summary.ts";
import { writeReports } from "../check/report.ts";
import { github } from "../../reports/github.ts";
import { html } from "../../reports/html/html.ts";
import { junit } from "../../reports/junit.ts";
import { terminal } from "../../reports/terminal.ts";
import type { Words } from "./words.ts";

/** Writes the files of a judged run and says the rest; GitHub annotations only where GitHub reads them. */
export async function report(
  judged: { readonly directory: string; readonly verdict: Verdict; readonly summary: RunSummary },
  words: Words,
): Promise<void> {
  const shown = relative(process.cwd(), judged.directory) || ".";
  const reporters = [
    html,
    junit,
    ...(process.env["GITHUB_ACTIONS"] === "true" ? [github] : []),
    terminal({
      colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
      runDirectory: shown,
      report: join(shown, "report.html"),
    }),
  ];
  for (const text of await writeReports({ ...judged, reporters })) words.say(text.trimEnd());
}
