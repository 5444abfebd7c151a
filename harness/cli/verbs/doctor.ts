import { exitCodes } from "../../base/errors.ts";
import { environmentCapabilities } from "../../environment/create.ts";
import { diagnose } from "../../environment/doctor.ts";
import { catalogues } from "../../run/catalogues.ts";
import type { Words } from "../words.ts";

/** `doctor`: what this machine has and lacks. */
export async function doctorVerb(words: Words): Promise<number> {
  const found = await diagnose(imagesOfPipelines());
  words.json(found);
  const width = Math.max(...found.map(({ tool }) => tool.length));
  for (const { tool, needed, found: has, ok, remedy } of found) {
    words.say(`${ok ? "ok     " : "missing"}  ${tool.padEnd(width)} ${has ?? "not found"}  (needed: ${needed})`);
    if (!ok || has === null) words.say(`         what to do: ${remedy}`);
  }
  words.say("\nWhat environments can do");
  const kinds = [...environmentCapabilities];
  words.say(`  ${"".padEnd(24)} ${kinds.map(([kind]) => kind.padEnd(8)).join(" ")}`);
  for (const capability of new Set(kinds.flatMap(([, has]) => [...has])))
    words.say(
      `  ${capability.padEnd(24)} ${kinds.map(([, has]) => (has.has(capability) ? "yes" : "-").padEnd(8)).join(" ")}`.trimEnd(),
    );
  return found.every(({ ok }) => ok) ? exitCodes.valid : exitCodes.environment;
}

function imagesOfPipelines(): readonly string[] {
  const launches = [...catalogues.pipelines.values()].flatMap(({ versions }) => Object.values(versions));
  return launches.flatMap(({ image }) => image ?? []);
}
