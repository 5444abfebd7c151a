import { z } from "zod";

/** The first line of a member that has a control port (design, the pipeline contract). */
const listening = z.object({
  rollproof: z.literal(1),
  kind: z.literal("listening"),
  body: z.object({ port: z.int().min(1).max(65_535) }),
});

/** The control port that a line of stdout names; null: it is another line. */
export function controlPortIn(line: string): number | null {
  if (!line.startsWith('{"rollproof"')) return null;
  try {
    const parsed = listening.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data.body.port : null;
  } catch {
    return null;
  }
}
