import { z } from "zod";
import { RollproofError } from "../base/errors.ts";
import { plantedOutcomes } from "../model/verdict.ts";
import type { Result } from "./trial.ts";

const resultSchema = z.strictObject({
  file: z.string(),
  mutant: z.string().nullable(),
  seed: z.string(),
  basis: z.string(),
  outcome: z.enum(["valid", "unknown", "invalid"]),
  planted: z.enum(plantedOutcomes).nullable(),
  violated: z.array(z.string()),
  headline: z.string(),
  tookMs: z.number(),
});

/** One result a line. */
export function renderResult(result: Result): string {
  return `${JSON.stringify(result)}\n`;
}

/** The results in a file's text. A last line without its end is what an interruption left, and is run again. */
export function parseResults(text: string, path: string): readonly Result[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line, i) => {
      const parsed = resultSchema.safeParse(jsonOf(line));
      if (parsed.success) return parsed.data;
      throw new RollproofError("history-unreadable", `${path}, line ${i + 1}, is no result of a proof.`, {
        remedy: "Remove the line or the file: what it held is run again.",
      });
    });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
