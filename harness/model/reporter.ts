import type { RunSummary } from "./summary.ts";
import type { Verdict } from "./verdict.ts";

/** A rendering of a verdict: reads nothing but its two arguments. */
export interface Reporter {
  readonly name: string;
  render(verdict: Verdict, summary: RunSummary): readonly Artifact[];
}
/** `path` is relative to the run directory; null goes to stdout. */
export interface Artifact {
  readonly path: string | null;
  readonly content: string;
}
