import { writeFile } from "node:fs/promises";
import { RollproofError, exitCodes } from "../../base/errors.ts";
import { renderPlan } from "../../plan/plan-file.ts";
import { backLines, programLines } from "../../program/render.ts";
import { formatLines } from "../../run/formats.ts";
import { refuseRefuted, trySamples } from "../../run/samples.ts";
import type { Arguments } from "../arguments.ts";
import { loadScenarios, seedOf } from "../load.ts";
import type { Words } from "../words.ts";

/** `plan <scenario> --out FILE`: scenario + seed, fully resolved; the upgrade's acts and their gates are shown. */
export async function planVerb(args: Arguments, words: Words): Promise<number> {
  const { out } = args;
  if (out === null || args.positionals.length !== 1)
    throw new RollproofError("usage", "`plan` takes one scenario and --out.", {
      remedy: "For example: plan scenarios/rolling-upgrade.yaml --out plan.json --seed 42",
    });
  const seed = seedOf(args);
  words.say(`seed ${seed}`);
  for (const { plan } of await loadScenarios(args, seed)) {
    const tried = await trySamples(plan);
    // A planted bug is there on purpose: it is shown, and the run shows what it does.
    if (plan.mutant === null) refuseRefuted(plan, tried);
    await write(out, renderPlan(plan));
    const { strategy } = plan.scenario.upgrade;
    words.say(`\nThe upgrade, ${strategy} from ${plan.scenario.from} to ${plan.scenario.to}:`);
    for (const line of programLines(plan.program)) words.say(line);
    for (const line of backLines(plan)) words.say(line);
    for (const line of formatLines(plan, tried)) words.say(line);
    words.say("");
  }
  words.say(`plan written to ${out}`);
  words.say(`run it: npm run -s rollproof -- run --plan ${out}`);
  return exitCodes.valid;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new RollproofError("usage", `The plan cannot be written to ${file}.`, {
      remedy: "Give --out a file's path, in a folder that exists and can be written.",
      cause,
    });
  }
}
