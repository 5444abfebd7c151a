import { exitCodes } from "../../base/errors.ts";
import { diagnose } from "../../environment/doctor.ts";
import type { Words } from "../words.ts";

/** `doctor`: what this machine has and lacks. */
export async function doctorVerb(words: Words): Promise<number> {
  const found = await diagnose();
  words.json(found);
  for (const { tool, needed, found: has, ok, remedy } of found) {
    words.say(`${ok ? "ok     " : "missing"}  ${tool.padEnd(14)} ${has ?? "not found"}  (needed: ${needed})`);
    if (!ok) words.say(`         what to do: ${remedy}`);
  }
  return found.every(({ ok }) => ok) ? exitCodes.valid : exitCodes.environment;
}
