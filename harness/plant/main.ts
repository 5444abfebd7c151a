/** `npm run plant`: plants damage in recorded histories and judges each; see docs/detection.md. */
import { RollproofError } from "../base/errors.ts";
import { parsePlantArguments, usage, type PlantArguments } from "./arguments.ts";
import { freshSeed } from "./fresh-seed.ts";
import { record } from "./record.ts";
import { writeDocument } from "./document.ts";
import { isMet } from "./tally.ts";
import { linesOf, tryAll } from "./trials.ts";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function plant({ histories, kinds, seed, trials, workers }: PlantArguments): Promise<boolean> {
  const isOne = kinds.asked && seed !== null;
  const first = seed ?? freshSeed();
  say(`seed ${first}`);
  const began = performance.now();
  let done = 0;
  const tallies = await tryAll({
    histories: histories.names,
    kinds: kinds.names,
    seed: first,
    trials: trials ?? (isOne ? 1 : 100),
    workers: workers ?? 2,
    watch(tally, tried) {
      done += tried.length;
      for (const line of linesOf(tally)) say(line);
      if (isOne && tally.wrong.length === 0) for (const { where, said } of tried) say(`    ${where}: ${said}`);
    },
  });
  const fell = tallies.filter((tally) => !isMet(tally));
  const perSecond = (done / (performance.now() - began)) * 1_000;
  say(`${done} trials, ${perSecond.toFixed(1)} a second; ${fell.length} of ${tallies.length} fall below what is right`);
  if (!histories.asked && !kinds.asked) await writeDocument(tallies, first);
  return fell.length === 0;
}

try {
  const asked = parsePlantArguments(process.argv.slice(2));
  if (asked.help) say(usage);
  else if (asked.record) await record(asked.histories.names, say);
  else if (!(await plant(asked))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RollproofError)) throw error;
  process.stderr.write(`plant: ${error.message}\n  remedy: ${error.remedy}\n`);
  process.exitCode = 64;
}
