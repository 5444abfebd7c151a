import { z } from "zod";
import { readOwn } from "../base/own-files.ts";

/** ProcessProof, as a journal has it. */
export const proofSchema = z.object({
  pid: z.int().positive(),
  startTicks: z.number(),
  bootId: z.string(),
  commandLine: z.string(),
});

const journalBytesMax = 16 * 1024 * 1024;

/** The lines of an NDJSON file of a run directory; [] where there is none. A line that is torn or not of the schema is left out. */
export function journalLines<Line>(directory: string, name: string, schema: z.ZodType<Line>): readonly Line[] {
  const read = readOwn(directory, name, journalBytesMax);
  if ("refused" in read) return [];
  return Buffer.from(read)
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        const parsed = schema.safeParse(JSON.parse(line));
        return parsed.success ? [parsed.data] : [];
      } catch {
        return [];
      }
    });
}
