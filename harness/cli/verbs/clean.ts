import { join } from "node:path";
import { exitCodes } from "../../base/errors.ts";
import { clean } from "../../environment/clean.ts";
import { root } from "../../run/provenance.ts";
import type { Words } from "../words.ts";

/** Where run directories go unless told otherwise. */
export const runsDirectory = join(root, ".rollproof", "runs");

/** `clean`: ends and removes what a crash left behind; the evidence of runs stays. */
export async function cleanVerb(words: Words): Promise<number> {
  const cleaned = await clean(runsDirectory);
  words.json(cleaned);
  for (const { run, pid, commandLine } of cleaned.killed) words.say(`ended ${pid} of run ${run}: ${commandLine}`);
  for (const path of cleaned.removed) words.say(`removed ${path}`);
  if (cleaned.killed.length + cleaned.removed.length === 0) words.say("nothing was left behind");
  return exitCodes.valid;
}
