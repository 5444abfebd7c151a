import { readFileSync } from "node:fs";
import { z } from "zod";

/** ProcessProof, as a journal has it. */
export const proofSchema = z.object({
  pid: z.int().positive(),
  startTicks: z.number(),
  bootId: z.string(),
  commandLine: z.string(),
});

/** The lines of an NDJSON file; [] where there is none. A line that is torn or not of the schema is left out. */
export function journalLines<Line>(path: string, schema: z.ZodType<Line>): readonly Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const parsed = schema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}
