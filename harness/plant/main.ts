/** `npm run plant`: plants damage in recorded histories and judges each; see docs/detection.md. */
import { parseArgs } from "node:util";
import { RollproofError } from "../base/errors.ts";
import { freshSeed } from "./fresh-seed.ts";
import { record } from "./record.ts";
import { writeDocument } from "./document.ts";
import { kinds } from "./kinds.ts";
import { histories, type HistoryName } from "./model.ts";
import { isMet } from "./tally.ts";
import { linesOf, tryAll } from "./trials.ts";

const { values } = parseArgs({
  options: {
    history: { type: "string", multiple: true },
    kind: { type: "string", multiple: true },
    seed: { type: "string" },
    trials: { type: "string" },
    workers: { type: "string" },
    record: { type: "boolean" },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function chosen<T extends string>(what: string, asked: readonly string[] | undefined, of: readonly T[]): readonly T[] {
  const unknown = asked?.find((name) => !of.some((one) => one === name));
  if (unknown !== undefined)
    throw new RollproofError("usage", `There is no ${what} ${unknown}.`, { remedy: `Use of these: ${of.join(", ")}.` });
  return of.filter((name) => asked?.includes(name) ?? true);
}

function wholeNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RollproofError("usage", `--${option} is no whole number: ${text}.`, {
    remedy: `Give a number, e.g. --${option} 2.`,
  });
}

async function plant(): Promise<boolean> {
  const seed = values.seed ?? freshSeed();
  const isOne = values.kind !== undefined && values.seed !== undefined;
  say(`seed ${seed}`);
  const began = performance.now();
  let done = 0;
  const tallies = await tryAll({
    histories: chosen<HistoryName>("history", values.history, histories),
    kinds: chosen(
      "kind",
      values.kind,
      kinds.map(({ name }) => name),
    ),
    seed,
    trials: wholeNumber("trials", values.trials, isOne ? 1 : 100),
    workers: wholeNumber("workers", values.workers, 2),
    watch(tally, trials) {
      done += trials.length;
      for (const line of linesOf(tally)) say(line);
      if (isOne && tally.wrong.length === 0) for (const { where, said } of trials) say(`    ${where}: ${said}`);
    },
  });
  const fell = tallies.filter((tally) => !isMet(tally));
  const perSecond = (done / (performance.now() - began)) * 1_000;
  say(`${done} trials, ${perSecond.toFixed(1)} a second; ${fell.length} of ${tallies.length} fall below what is right`);
  if (values.history === undefined && values.kind === undefined) await writeDocument(tallies, seed);
  return fell.length === 0;
}

try {
  if (values.record === true) await record(chosen<HistoryName>("history", values.history, histories), say);
  else if (!(await plant())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RollproofError)) throw error;
  process.stderr.write(`plant: ${error.message}\n  remedy: ${error.remedy}\n`);
  process.exitCode = 64;
}
